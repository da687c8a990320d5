// Questions to a caller, waited for in pieces: the waiting lives in the daemon, so any instance of the plugin can go on with it.
import { CallError } from "../call/error.ts";
import type { Answer, VoiceCall } from "../client/index.ts";

export interface Waiting {
  /** How long an answer or the carrier's word is waited for. */
  waitMs: number;
  /** Ends the waiting, never the call. */
  signal: AbortSignal;
}

export interface Question {
  callId: string;
  message: string;
  requestId: string;
}

/** Undefined when the time is up: the question stays asked. */
export function ask(voice: VoiceCall, question: Question, waiting: Waiting): Promise<Answer | undefined> {
  return within(waiting, (signal) => voice.calls.ask(question, { signal }));
}

/** Waits on for the answer to a question that was asked before; undefined when the time is up. */
export function answerTo(voice: VoiceCall, operationId: string, waiting: Waiting): Promise<Answer | undefined> {
  const question = questionOf(operationId);
  return within(waiting, (signal) => voice.calls.answer(question, { signal }));
}

/** Names the question, so that nothing about it must be remembered here. */
export function operationIdOf({ callId, requestId }: Omit<Question, "message">): string {
  return Buffer.from(JSON.stringify([callId, requestId])).toString("base64url");
}

function questionOf(operationId: string): Omit<Question, "message"> {
  try {
    const parts: unknown = JSON.parse(Buffer.from(operationId, "base64url").toString());
    const [callId, requestId] = Array.isArray(parts) ? parts.map(String) : [];
    if (callId !== undefined && requestId !== undefined) return { callId, requestId };
  } catch {
    // Not one of ours.
  }
  throw new CallError("INVALID_INPUT", "operationId is not one that `voicecall.continue.start` gave");
}

async function within(
  { waitMs, signal }: Waiting,
  wait: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer | undefined> {
  const timeUp = AbortSignal.timeout(waitMs);
  try {
    return await wait(AbortSignal.any([signal, timeUp]));
  } catch (error) {
    if (timeUp.aborted && !signal.aborted && error instanceof CallError && error.code === "ABORTED") return undefined;
    throw error;
  }
}
