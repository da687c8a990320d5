// Questions to a caller, waited for in pieces: the waiting lives in the daemon, so any instance of the plugin can go on with it.
import { setTimeout as sleep } from "node:timers/promises";
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

/** How long a daemon that works may take to say that it has an order. */
const knownWithinMs = 1000;

/**
 * Undefined when the time is up and the question stays asked.
 * @throws CallError `DAEMON_UNREACHABLE` when it may have been lost on its way to a daemon that is away.
 */
export async function ask(voice: VoiceCall, question: Question, waiting: Waiting): Promise<Answer | undefined> {
  const answer = await within(waiting, (signal) => voice.calls.ask(question, { signal }));
  if (answer !== undefined) return answer;
  await requireDaemon(voice, question.callId);
  const { callId, requestId } = question;
  const { signal } = waiting;
  return within({ waitMs: askedWithinMs, signal }, (looking) =>
    voice.calls.answer({ callId, requestId }, { signal: looking }).catch(neverAsked),
  );
}

/** A daemon that answers says at once that it knows no such question. */
const askedWithinMs = 100;

function neverAsked(error: unknown): never {
  throw error instanceof CallError && error.code === "INVALID_INPUT" ? lost() : error;
}

/** An order that got no answer in time is on its way only if the daemon works. @throws CallError `DAEMON_UNREACHABLE` */
export async function requireDaemon(voice: VoiceCall, callId: string): Promise<void> {
  const known = voice.calls.get(callId).then(() => true);
  known.catch(() => undefined);
  if (!(await Promise.race([known, sleep(knownWithinMs, false, { ref: false })]))) throw lost();
}

function lost(): CallError {
  return new CallError("DAEMON_UNREACHABLE", "the daemon does not answer; the order may or may not be carried out", {
    hint: "`voicecall daemon status` tells what became of the daemon, `voicecall status` of the call",
  });
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
