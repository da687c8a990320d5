// One <Gather>: prompts, barge-in, listening, and what the recogniser makes of the callee.
import type { Clock } from "../clock.ts";
import type { Callee, CalleeInput, CalleeMove } from "./callee.ts";
import { keyingMs, speakingMs, type Line } from "./line.ts";
import type { FormFields } from "./signature.ts";
import type { GatherVerb, PromptVerb } from "./twiml.ts";

/** What a Gather works with. */
export interface GatherPorts {
  readonly clock: Clock;
  readonly line: Line;
  readonly callee: Callee;
  /** Plays the nested verbs; false when cut off. */
  readonly prompt: (verbs: readonly PromptVerb[], signal: AbortSignal) => Promise<boolean>;
  readonly hangUp: () => void;
  /** Tells observers that the callee may speak now. */
  readonly listening: () => void;
  readonly signal: AbortSignal;
}

/** Form fields of the action request; null when the callee stayed silent or the verb was cut off. */
export async function runGather(verb: GatherVerb, ports: GatherPorts): Promise<FormFields | null> {
  const finished = new AbortController();
  const within = AbortSignal.any([ports.signal, finished.signal]);
  try {
    const input = await firstInput(verb, { ...ports, signal: within });
    if (input === null) {
      return null;
    }
    const whole = await ports.clock.pass(recognitionMs(verb, input), ports.signal);
    return whole ? resultFields(verb, input) : null;
  } finally {
    finished.abort();
  }
}

async function firstInput(verb: GatherVerb, ports: GatherPorts): Promise<CalleeInput | null> {
  const { line, callee, clock, signal } = ports;
  const listen = () => {
    const input = line.listen(({ kind }) => (kind === "speech" ? verb.speech : verb.dtmf), signal);
    ports.listening();
    return input;
  };
  const bargeIn = new AbortController();
  const early = verb.bargeIn ? listen() : null;
  if (callee.interrupts) {
    void act(callee.move(line.takeUnanswered()), ports);
  }
  const prompts = ports.prompt(verb.prompts, AbortSignal.any([signal, bargeIn.signal]));
  const interrupted = early === null ? await prompts : await Promise.race([early, prompts]);
  if (typeof interrupted === "object") {
    bargeIn.abort();
    await prompts;
    return interrupted;
  }
  const input = early ?? listen();
  void act(callee.move(line.takeUnanswered()), ports);
  const patience = clock.pass(verb.timeoutSeconds * 1000, signal).then(() => null);
  return Promise.race([input, patience]);
}

async function act(move: CalleeMove, ports: GatherPorts): Promise<void> {
  if (move.move === "silence" || !(await ports.clock.pass(move.afterMs, ports.signal))) {
    return;
  }
  if (move.move === "hang-up") {
    ports.hangUp();
  } else {
    ports.line.speak(move.input);
  }
}

/** Line time from the first sound to the result: speaking, then the silence that ends it. */
function recognitionMs(verb: GatherVerb, input: CalleeInput): number {
  if (input.kind === "speech") {
    return speakingMs(input.text) + verb.speechTimeoutSeconds * 1000;
  }
  const keys = keyed(verb, input.digits);
  return keyingMs(input.digits) + (keys.finished ? 0 : verb.timeoutSeconds * 1000);
}

function keyed(verb: GatherVerb, pressed: string): { digits: string; finishKey: string; finished: boolean } {
  const end = Array.from(pressed).findIndex((key) => verb.finishOnKey.includes(key));
  const digits = (end === -1 ? pressed : pressed.slice(0, end)).slice(0, verb.numDigits);
  const finishKey = end === -1 || digits.length === verb.numDigits ? "" : (pressed[end] ?? "");
  return { digits, finishKey, finished: finishKey !== "" || digits.length === verb.numDigits };
}

function resultFields(verb: GatherVerb, input: CalleeInput): FormFields {
  if (input.kind === "speech") {
    return [
      ["SpeechResult", input.text],
      ["Confidence", String(input.confidence)],
      ["Language", verb.language],
    ];
  }
  const { digits, finishKey } = keyed(verb, input.digits);
  return [
    ["Digits", digits],
    ["FinishedOnKey", finishKey],
  ];
}
