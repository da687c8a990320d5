// What the suite prints: one line for each thing done, figures with their goals, and the count at the end.

export interface Figure {
  name: string;
  measured: number;
  unit: string;
  /** At most this. */
  goal: number;
}

/** How many times its goal a figure may be before it counts as a failure. */
const farOver = 2;

export class Report {
  #passed = 0;
  #failed = 0;
  readonly #figures: string[] = [];
  readonly #print: (line: string) => void;
  readonly #startedAt = performance.now();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get failed(): number {
    return this.#failed;
  }

  note(line: string): void {
    this.#print(`      ${line}`);
  }

  passed(title: string, ms: number): void {
    this.#passed += 1;
    this.#print(`ok    ${this.#clock()} ${title} (${seconds(ms)})`);
  }

  /** Never silently: CI shows these lines again beside its count. */
  skipped(title: string, error: unknown): void {
    this.#print(`SKIPPED ${title}: ${reasonOf(error)}`);
  }

  broke(title: string, error: unknown): void {
    this.#failed += 1;
    const [first = "", ...rest] = reasonOf(error).split("\n");
    this.#print(`FAILED ${this.#clock()} ${title}: ${first}`);
    for (const line of rest.slice(0, 40)) this.#print(`         ${line}`);
  }

  /** A figure over its goal is told as missed; machines are noisy, so only one far over it is a failure. */
  figure({ name, measured, unit, goal }: Figure): void {
    const met = measured <= goal;
    const isFar = measured > farOver * goal;
    const line = `${name}: ${round(measured)} ${unit}, goal ${goal} ${unit}`;
    this.#figures.push(`${met ? "met   " : "MISSED"} ${line}`);
    if (isFar) this.#failed += 1;
    else this.#passed += 1;
    this.#print(`${isFar ? "FAILED" : met ? "ok    " : "MISSED"} ${this.#clock()} ${line}`);
  }

  /** The last line is the one that `.ci/run` counts. */
  close(): void {
    this.#print("");
    for (const line of this.#figures) this.#print(line);
    this.#print(`${this.#clock()} in all`);
    this.#print(`${this.#passed} passed, ${this.#failed} failed`);
  }

  #clock(): string {
    return `${((performance.now() - this.#startedAt) / 1000).toFixed(0).padStart(3)} s`;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function round(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = /\((?:file:\/\/)?[^()]*\/(test\/host\/[^()]+)\)|at (?:file:\/\/)?\S*\/(test\/host\/\S+)/.exec(
    error.stack ?? "",
  );
  return `${error.message}${where === null ? "" : ` [${where[1] ?? where[2]}]`}`;
}
