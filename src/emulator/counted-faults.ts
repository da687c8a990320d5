// Faults that hit a limited number of times, whatever they do.

export interface Counted<Fault> {
  readonly fault: Fault;
  left: number;
}

/** Faults with what is left of their `times`; without `times` they never run out. */
export function counted<Fault extends { readonly times?: number }>(faults: readonly Fault[]): Counted<Fault>[] {
  return faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
}

/** The faults that hit, in their order, used up by one. */
export function take<Fault>(plan: readonly Counted<Fault>[], hits: (fault: Fault) => boolean): Fault[] {
  const hit = plan.filter((entry) => entry.left > 0 && hits(entry.fault));
  for (const entry of hit) {
    entry.left -= 1;
  }
  return hit.map((entry) => entry.fault);
}
