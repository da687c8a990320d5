// The times of turns in words: one turn in a line, several as a table.
import type { TurnTimes } from "../call/event.ts";
import { stepsOf, turnSteps } from "../call/turn-times.ts";
import type { CallView } from "../call/view.ts";
import { clockTime, table } from "./format.ts";

const names = {
  voiceLatency: "voice latency",
  endDecided: "end decided",
  transcript: "transcript",
  offered: "offered",
  firstToken: "first token",
  toVoice: "to the voice",
  firstByte: "first byte",
  firstFrame: "first frame",
  heard: "heard",
  interrupt: "interrupt",
} as const;

/** A stage of a turn as people read it; one of a newer daemon as it is. */
export function stageName(stage: string): string {
  return Object.entries(names).find(([name]) => name === stage)?.[1] ?? stage;
}

/** `voice latency 812 ms: end decided 300, transcript 50, …`. */
export function timesText(times: TurnTimes): string {
  const steps = stepsOf(times);
  const parts = turnSteps.flatMap((step) => {
    const ms = steps[step];
    return ms === undefined ? [] : [`${names[step]} ${Math.round(ms)}`];
  });
  const total =
    times.firstFrame === undefined ? "no audio went out" : `voice latency ${Math.round(times.firstFrame)} ms`;
  return `${total}: ${parts.join(", ")}`;
}

const mostShown = 5;

/** The last turns, each step from the one before it. */
export function turnsTable(turns: NonNullable<CallView["turns"]>): string[] {
  const head = ["TURN AT", "VOICE MS", "END", "TEXT", "OFFER", "TOKEN", "TO VOICE", "BYTE", "FRAME", "HEARD"];
  const rows = turns.slice(-mostShown).map(({ speechEndedAt, times }) => {
    const steps = stepsOf(times);
    const shown = [times.firstFrame].concat(turnSteps.map((step) => steps[step]));
    return [clockTime(speechEndedAt)].concat(shown.map((ms) => (ms === undefined ? "-" : String(Math.round(ms)))));
  });
  return table(
    [head, ...rows],
    head.map((_, column) => column).filter((column) => column > 0),
  ).split("\n");
}
