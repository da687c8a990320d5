// What a line shall do next, in a carrier's own verbs: those of each order, and the document that a call's state asks for.
import type { CallState } from "../../call/state.ts";
import { openTurns } from "../../call/turn.ts";
import type { Clock } from "../deps.ts";
import { type Callback, callbackUrl } from "./callback-url.ts";
import type { SpeakOrder } from "./carrier.ts";

const holdSeconds = 30;
/** Kept open beyond our own hang-up, so that ours comes first. */
const notifyGraceSeconds = 2;

/** Which call the verbs are for, and the step that makes their URLs unique. */
export interface Step {
  callId: string;
  step: string;
}

/** @returns a step for what is pushed: never the same twice, also not after a restart, and no number as those of documents are. */
export function createSteps(clock: Clock): (callId: string) => Step {
  let pushed = 0;
  return (callId) => ({ callId, step: `${clock.now().toString(36)}-${(pushed++).toString(36)}` });
}

export interface GatherOrder {
  /** Where the caller's turn is told, also an empty one. */
  action: string;
  /** How long silence may last before speech counts as over. */
  silenceTimeoutMs: number;
  /** What is spoken first, as verbs; the caller may interrupt. */
  prompt: string;
}

/** One carrier's XML for each thing that a line can do; texts and URLs are given as they are, and escaped there. */
export interface Verbs {
  response(...verbs: string[]): string;
  say(text: string): string;
  gather(order: GatherOrder): string;
  redirect(url: string): string;
  pause(seconds: number): string;
  playDigits(digits: string): string;
  hangUp(): string;
}

export interface Script {
  url(callback: Callback): string;
  /** Speaks; then listens for the turn, or says that it was spoken. */
  speak(order: SpeakOrder, at: Step): string;
  listen(turn: string, at: Step): string;
  sendDigits(order: { digits: string; turn?: string | undefined }, at: Step): string;
  /** A pure function of the state, but for the public URL. */
  document(state: CallState): string;
}

interface ScriptOptions {
  publicUrl(): string;
  silenceTimeoutMs: number;
  verbs: Verbs;
}

export function createScript({ publicUrl, silenceTimeoutMs, verbs }: ScriptOptions): Script {
  const { response, say, gather, redirect, pause, playDigits, hangUp } = verbs;
  const url = (callback: Callback): string => callbackUrl(publicUrl(), callback);

  function speaking({ utteranceId, text, turn }: SpeakOrder, at: Step): string {
    if (turn === undefined) return say(text) + redirect(url({ ...at, kind: "said", utterance: utteranceId }));
    return gather({
      action: url({ ...at, kind: "turn", turn, utterance: utteranceId }),
      silenceTimeoutMs,
      prompt: say(text),
    });
  }

  function listening(turn: string, at: Step): string {
    return gather({ action: url({ ...at, kind: "turn", turn }), silenceTimeoutMs, prompt: "" });
  }

  const holding = (at: Step): string => pause(holdSeconds) + redirect(url({ ...at, kind: "hold" }));

  function next(state: CallState): string {
    const at = { callId: state.callId, step: String(state.callSeq) };
    if (state.turn.whose === "agent") {
      const { utterance, next: turn } = state.turn;
      return speaking({ ...utterance, ...(turn !== undefined && { turn }) }, at);
    }
    const turn = openTurns(state).at(-1);
    if (turn !== undefined) return listening(turn, at);
    if (state.mode === "conversation") return holding(at);
    return pause(Math.ceil(state.limits.notifyHangupDelayMs / 1000) + notifyGraceSeconds) + hangUp();
  }

  return {
    url,
    speak: (order, at) => response(speaking(order, at)),
    listen: (turn, at) => response(listening(turn, at)),
    sendDigits: ({ digits, turn }, at) =>
      response(playDigits(digits), turn === undefined ? holding(at) : listening(turn, at)),
    document(state) {
      if (state.phase.name === "ended" || state.ending !== undefined) return response(hangUp());
      const [digits] = state.digits;
      return response(digits?.status === "sending" ? playDigits(digits.digits) : "", next(state));
    },
  };
}
