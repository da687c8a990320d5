// Runs that count: a generator that is late itself cannot tell who else is, and on a busy machine it often is.
import type { Row } from "./report.ts";

/** The lateness of the generator's own sends, p99. */
export interface Timed {
  lateP99Ms: number;
}

const mostLateMs = 8;
const tries = 2;

/** @returns the first run whose generator was in time, or else the one that was least late. */
export async function punctual<Result extends Timed>(run: () => Promise<Result>): Promise<Result> {
  let best = await run();
  for (let again = 1; again < tries && best.lateP99Ms >= mostLateMs; again++) {
    const next = await run();
    if (next.lateP99Ms < best.lateP99Ms) best = next;
  }
  return best;
}

/** Whether a goal was met; no verdict on a run that says nothing. */
export function verdict({ lateP99Ms }: Timed, met: boolean): Pick<Row, "met" | "floor"> {
  const floor = `generator: late p99 ${lateP99Ms.toFixed(1)} ms`;
  return lateP99Ms < mostLateMs ? { floor, met } : { floor: `${floor}: no verdict` };
}
