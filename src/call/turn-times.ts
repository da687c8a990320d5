// What the times of a turn say: how long each step took after the one before it.
import type { TurnTimes } from "./event.ts";

/** In the order in which they happen. */
export const turnSteps = [
  "endDecided",
  "transcript",
  "offered",
  "firstToken",
  "toVoice",
  "firstByte",
  "firstFrame",
  "heard",
] as const satisfies readonly (keyof TurnTimes)[];

export type TurnStep = (typeof turnSteps)[number];

/** ms; a step without a time is left out, and so is the one after it: nobody knows what it followed. */
export function stepsOf(times: TurnTimes): Partial<Record<TurnStep, number>> {
  const steps: Partial<Record<TurnStep, number>> = {};
  let before: number | undefined = 0;
  for (const step of turnSteps) {
    const at: number | undefined = times[step];
    if (at !== undefined && before !== undefined) steps[step] = Math.max(0, at - before);
    before = at;
  }
  return steps;
}
