// One <GetInput>: prompts, barge-in, listening, and what the recogniser makes of the other party.
import type { Clock } from "../clock.ts";
import type { Callee, CalleeInput, CalleeMove } from "../twilio/callee.ts";
import { keyingMs, speakingMs, type Line } from "../twilio/line.ts";
import type { GetInputElement, PromptElement } from "./plivo-xml.ts";
import type { FormFields } from "./signature.ts";

/** What a GetInput works with. */
export interface InputPorts {
  readonly clock: Clock;
  readonly line: Line;
  readonly callee: Callee;
  /** Plays the nested elements; false when cut off. */
  readonly prompt: (elements: readonly PromptElement[], signal: AbortSignal) => Promise<boolean>;
  readonly hangUp: () => void;
  /** Tells observers that the other party may speak now. */
  readonly listening: () => void;
  readonly signal: AbortSignal;
}

/** Form fields of the action request; null when nothing was said or the element was cut off. */
export async function runGetInput(element: GetInputElement, ports: InputPorts): Promise<FormFields | null> {
  const finished = new AbortController();
  const within = AbortSignal.any([ports.signal, finished.signal]);
  try {
    const input = await firstInput(element, { ...ports, signal: within });
    if (input === null) {
      return null;
    }
    const whole = await ports.clock.pass(recognitionMs(element, input), ports.signal);
    return whole ? resultFields(element, input) : null;
  } finally {
    finished.abort();
  }
}

async function firstInput(element: GetInputElement, ports: InputPorts): Promise<CalleeInput | null> {
  const { line, callee, clock, signal } = ports;
  const bargeIn = new AbortController();
  const input = line.listen(({ kind }) => (kind === "speech" ? element.speech : element.dtmf), signal);
  ports.listening();
  const { interrupts } = callee;
  if (interrupts) {
    void act(callee.move(line.takeUnanswered()), ports);
  }
  const prompts = ports.prompt(element.prompts, AbortSignal.any([signal, bargeIn.signal]));
  const interrupted = await Promise.race([input, prompts]);
  if (typeof interrupted === "object") {
    bargeIn.abort();
    await prompts;
    return interrupted;
  }
  if (!interrupts) {
    void act(callee.move(line.takeUnanswered()), ports);
  }
  const patience = clock.pass(element.executionTimeoutSeconds * 1000, signal).then(() => null);
  return Promise.race([input, patience]);
}

async function act(move: CalleeMove, ports: InputPorts): Promise<void> {
  if (move.move === "silence" || !(await ports.clock.pass(move.afterMs, ports.signal))) {
    return;
  }
  if (move.move === "hang-up") {
    ports.hangUp();
  } else {
    ports.line.speak(move.input);
  }
}

/** Line time from the first sound to the result: speaking or keying, then the silence that ends it. */
function recognitionMs(element: GetInputElement, input: CalleeInput): number {
  if (input.kind === "speech") {
    return speakingMs(input.text) + element.speechEndTimeoutSeconds * 1000;
  }
  const { finished } = keyed(element, input.digits);
  return keyingMs(input.digits) + (finished ? 0 : element.digitEndTimeoutSeconds * 1000);
}

function keyed(element: GetInputElement, pressed: string): { digits: string; finished: boolean } {
  const end = Array.from(pressed).findIndex((key) => element.finishOnKey.includes(key));
  const digits = (end === -1 ? pressed : pressed.slice(0, end)).slice(0, element.numDigits);
  return { digits, finished: end !== -1 || digits.length === element.numDigits };
}

function resultFields(element: GetInputElement, input: CalleeInput): FormFields {
  const isSpeech = input.kind === "speech";
  return [
    ["InputType", isSpeech ? "speech" : "dtmf"],
    ["Speech", isSpeech ? input.text : ""],
    ["SpeechConfidenceScore", isSpeech ? String(input.confidence) : "0.0"],
    ["Digits", isSpeech ? "" : keyed(element, input.digits).digits],
    ["BilledAmount", "0.00000"],
  ];
}
