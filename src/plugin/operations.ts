// What can be done with calls: the one table behind the Gateway's methods and the agent's tool.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CallError } from "../call/error.ts";
import type { CallMode } from "../call/command.ts";
import type { Answer, CallView, VoiceCall } from "../client/index.ts";
import { type Waiting, answerTo, ask, operationIdOf, requireDaemon } from "./asking.ts";
import { type FieldName, type Given, type Shape, checked } from "./fields.ts";
import { answerWords, callWords, callsWords, pendingWords, placedWords } from "./words.ts";

export interface Order extends Waiting {
  voice: VoiceCall;
}

export interface Outcome {
  /** The JSON result, the same wherever it is asked for. */
  result: Record<string, unknown>;
  /** The same for a model, in a few words. */
  words: string;
}

export interface Operation {
  /** After `voicecall.` */
  method: string;
  scope: "operator.read" | "operator.write";
  /** Of the tool; absent where a model has no use for it. */
  action?: { name: string; summary: string; takes: readonly FieldName[] };
  /**
   * Checks the parameters before any daemon is looked for; what it gives throws whatever the daemon refuses.
   * @throws CallError `INVALID_INPUT` naming the field.
   */
  prepare(given: unknown): (order: Order) => Promise<Outcome>;
}

interface OperationSpec<R extends FieldName, O extends FieldName> extends Omit<Operation, "prepare">, Shape<R, O> {
  run(given: Given<R, O>, order: Order): Promise<Outcome>;
}

function operation<R extends FieldName = never, O extends FieldName = never>({
  run,
  ...spec
}: OperationSpec<R, O>): Operation {
  const { method, scope, action } = spec;
  return {
    method,
    scope,
    ...(action !== undefined && { action }),
    prepare: (params) => {
      const given = checked(params, spec);
      return async (order) => {
        if (order.signal.aborted) throw new CallError("ABORTED", "it was given up before anything was ordered");
        return await run(given, order);
      };
    },
  };
}

const placing = ["mode", "dtmfSequence", "agentId", "sessionKey", "requesterSessionKey", "requestId"] as const;

export const operations: readonly Operation[] = [
  operation({
    method: "initiate",
    scope: "operator.write",
    action: {
      name: "initiate_call",
      summary: "Call a number and say the message. Needs message.",
      takes: ["message", "to", "mode", "dtmfSequence"],
    },
    required: ["message"],
    optional: ["to", ...placing],
    run: place,
  }),
  operation({
    method: "start",
    scope: "operator.write",
    required: ["to"],
    optional: ["message", ...placing],
    run: place,
  }),
  operation({
    method: "continue",
    scope: "operator.write",
    action: {
      name: "continue_call",
      summary: "Say the message, wait for the answer and return what was said. Needs callId and message.",
      takes: ["callId", "message"],
    },
    required: ["callId", "message"],
    optional: ["requestId"],
    run: async ({ callId, message, requestId = randomUUID() }, { voice, ...waiting }) =>
      answered(await ask(voice, { callId, message, requestId }, waiting), { callId, requestId }),
  }),
  operation({
    method: "continue.start",
    scope: "operator.write",
    required: ["callId", "message"],
    optional: ["requestId"],
    run: async ({ callId, message, requestId = randomUUID() }, { voice, signal }) => {
      // Long enough to be refused; the answer is asked for by `continue.result`.
      await ask(voice, { callId, message, requestId }, { waitMs: refusedWithinMs, signal });
      const operationId = operationIdOf({ callId, requestId });
      return { result: { operationId }, words: pendingWords(callId) };
    },
  }),
  operation({
    method: "continue.result",
    // It can make nobody say anything: the daemon only looks for the question.
    scope: "operator.read",
    required: ["operationId"],
    optional: [],
    run: async ({ operationId }, { voice, ...waiting }) =>
      answered(await answerTo(voice, operationId, waiting), operationId),
  }),
  operation({
    method: "speak",
    scope: "operator.write",
    action: {
      name: "speak_to_user",
      summary: "Say the message without waiting for an answer. Needs callId and message.",
      takes: ["callId", "message"],
    },
    required: ["callId", "message"],
    optional: ["requestId"],
    ignored: ["allowTwimlFallback"],
    run: async ({ callId, message, requestId }, order) =>
      accepted(order.voice.calls.say({ callId, message, requestId }), { ...order, callId, words: "It is being said." }),
  }),
  operation({
    method: "dtmf",
    scope: "operator.write",
    action: {
      name: "send_dtmf",
      summary: "Press keys on the line, for menus. Needs callId and digits.",
      takes: ["callId", "digits"],
    },
    required: ["callId", "digits"],
    optional: [],
    run: async ({ callId, digits }, order) =>
      accepted(order.voice.calls.sendDigits({ callId, digits }), {
        ...order,
        callId,
        words: "The keys are being pressed.",
      }),
  }),
  operation({
    method: "end",
    scope: "operator.write",
    action: { name: "end_call", summary: "Hang up. Needs callId.", takes: ["callId"] },
    required: ["callId"],
    optional: [],
    run: async ({ callId }, order) =>
      accepted(order.voice.calls.hangUp(callId), { ...order, callId, words: "Hung up." }),
  }),
  operation({
    method: "status",
    scope: "operator.read",
    action: {
      name: "get_status",
      summary: "How a call is, or how it ended, with all that was said. Without callId: the live calls.",
      takes: ["callId"],
    },
    required: [],
    optional: ["callId"],
    run: status,
  }),
];

/** What the daemon refuses, it refuses at once. */
const refusedWithinMs = 250;

type Placement = "message" | "to" | (typeof placing)[number];

async function place(
  { requestId = randomUUID(), ...given }: Given<never, Placement>,
  { voice, waitMs, signal }: Order,
): Promise<Outcome> {
  const dialling = voice.calls.place({ ...given, requestId, mode: modeOf(given.mode) });
  dialling.catch(() => undefined);
  const placed = await Promise.race([dialling, timeUp({ waitMs, signal })]);
  if (placed !== undefined) return { result: { callId: placed.callId, initiated: true }, words: placedWords(placed) };
  const call = await begunCall(voice, requestId);
  return { result: { callId: call.callId, initiated: true, pending: true }, words: placedWords(call) };
}

async function timeUp({ waitMs, signal }: Waiting): Promise<undefined> {
  await sleep(waitMs, undefined, { ref: false, signal }).catch(() => {
    throw new CallError("ABORTED", "the waiting was given up; the order stands", {
      hint: "see what came of it with `voicecall status`",
    });
  });
}

/** The call of an order that the carrier has not confirmed yet. */
async function begunCall(voice: VoiceCall, requestId: string): Promise<CallView> {
  await requireDaemon(voice, requestId);
  const call = await voice.calls.get(requestId);
  if (call !== undefined) return call;
  throw new CallError("TIMED_OUT", "the call is still being prepared, and may be placed yet", {
    hint: `ask again with the same content and \`requestId\` ${requestId}: that gives this call, and never a second one`,
  });
}

function modeOf(mode: string | undefined): CallMode | undefined {
  return mode === "notify" || mode === "conversation" ? mode : undefined;
}

/** `success` is said of an answer only: a client that knows no more than that never takes silence for one. */
function answered(answer: Answer | undefined, question: { callId: string; requestId: string } | string): Outcome {
  if (answer !== undefined) return { result: { success: true, ...answer }, words: answerWords(answer) };
  const operationId = typeof question === "string" ? question : operationIdOf(question);
  const callId = typeof question === "string" ? undefined : question.callId;
  return { result: { success: false, pending: true, operationId }, words: pendingWords(callId) };
}

interface Ordered extends Order {
  callId: string;
  words: string;
}

/** An order is stored before the carrier is asked: one that takes longer is on its way. */
async function accepted(order: Promise<void>, { voice, waitMs, signal, callId, words }: Ordered): Promise<Outcome> {
  const taken = order.then(() => true);
  taken.catch(() => undefined);
  if (await Promise.race([taken, timeUp({ waitMs, signal })])) return { result: { success: true }, words };
  await requireDaemon(voice, callId);
  return {
    result: { success: true, pending: true },
    words: "The order is on its way; the carrier has not confirmed it yet. Do not repeat it.",
  };
}

async function status({ callId }: Given<never, "callId">, { voice }: Order): Promise<Outcome> {
  if (callId === undefined) {
    const calls = await voice.calls.list();
    return { result: { found: true, calls }, words: callsWords(calls) };
  }
  const call = await voice.calls.get(callId);
  if (call !== undefined) return { result: { found: true, call }, words: callWords(call) };
  return { result: { found: false }, words: "There is no call with this id. Without callId you see the live ones." };
}

/** What a refusal is called in the words that other plugins of the host look for. */
export function gone({ code, message }: CallError): string {
  if (code === "NO_SUCH_CALL") return `call not found: ${message}`;
  return code === "CALL_ENDED" ? `call is not active: ${message}` : message;
}
