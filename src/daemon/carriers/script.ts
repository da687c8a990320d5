// What a line shall do next, in a carrier's own verbs: those of each order, and the document that a call's state asks for.
import { awaitsVerdict, type CallState } from "../../call/state.ts";
import { openTurns } from "../../call/turn.ts";
import type { Clock } from "../deps.ts";
import { type Callback, callbackUrl } from "./callback-url.ts";
import type { DigitsOrder, SpeakOrder } from "./carrier.ts";

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
  /** Sends the line's audio to this socket, both ways, until it is over. */
  stream(url: string): string;
}

export interface Script {
  url(callback: Callback): string;
  /** Speaks; then listens for the turn, or says that it was spoken. */
  speak(order: SpeakOrder, at: Step): string;
  listen(turn: string, at: Step): string;
  sendDigits(order: DigitsOrder, at: Step): string;
  /** Streams; asks what to do next when that is over, or never began. */
  stream(url: string, at: Step): string;
  /** A pure function of the state, but for the public URL and a stream's. */
  document(state: CallState): string;
}

interface ScriptOptions {
  publicUrl(): string;
  streamUrl(callId: string): string;
  silenceTimeoutMs: number;
  verbs: Verbs;
}

export function createScript({ publicUrl, streamUrl, silenceTimeoutMs, verbs }: ScriptOptions): Script {
  const { response, say, gather, redirect, pause, playDigits, hangUp, stream } = verbs;
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

  const streaming = (to: string, at: Step): string => stream(to) + redirect(url({ ...at, kind: "stream" }));

  /** What comes after digits that were sent on a line that is up. */
  function resuming({ turn, streamUrl: to }: DigitsOrder, at: Step): string {
    if (to !== undefined) return streaming(to, at);
    return turn === undefined ? holding(at) : listening(turn, at);
  }

  function next(state: CallState): string {
    const at = { callId: state.callId, step: String(state.callSeq) };
    if (state.traits.streams && state.phase.name === "live") return streaming(streamUrl(state.callId), at);
    if (state.turn.whose === "agent") {
      const { utterance, next: turn } = state.turn;
      return speaking({ ...utterance, ...(turn !== undefined && { turn }) }, at);
    }
    const turn = openTurns(state).at(-1);
    if (turn !== undefined) return listening(turn, at);
    if (state.mode === "conversation" || awaitsVerdict(state)) return holding(at);
    return pause(Math.ceil(state.limits.notifyHangupDelayMs / 1000) + notifyGraceSeconds) + hangUp();
  }

  return {
    url,
    speak: (order, at) => response(speaking(order, at)),
    listen: (turn, at) => response(listening(turn, at)),
    sendDigits: (order, at) => response(playDigits(order.digits), resuming(order, at)),
    stream: (to, at) => response(streaming(to, at)),
    document(state) {
      if (state.phase.name === "ended" || state.ending !== undefined) return response(hangUp());
      const [digits] = state.digits;
      return response(digits?.status === "sending" ? playDigits(digits.digits) : "", next(state));
    },
  };
}
