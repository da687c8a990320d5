// The router's port on calls: each order is decided by the call's actor, and waited for in the call's log.
import type { AnswerQuery, CallReference, DigitsCommand, PlaceCommand, SayCommand } from "../../call/command.ts";
import { type CallOrder, decide } from "../../call/decide.ts";
import { CallError } from "../../call/error.ts";
import type { StoredEvent } from "../../call/event.ts";
import type { CallState } from "../../call/state.ts";
import { type CallView, viewOf } from "../../call/view.ts";
import type { Answer, Calls } from "../../router/context.ts";
import type { CallActor } from "./actor.ts";
import { awaitLog } from "./await-log.ts";
import { Placing } from "./place.ts";
import type { CallPorts } from "./ports.ts";

const acceptedWithinMs = 20_000;
const digitsWithinMs = 60_000;

export class CallService implements Calls {
  readonly #ports: CallPorts;
  readonly #placing: Placing;

  constructor(ports: CallPorts) {
    this.#ports = ports;
    this.#placing = new Placing(ports);
  }

  async place(command: PlaceCommand): Promise<CallView> {
    const callId = await this.#placing.place(command, new AbortController().signal);
    return viewOf(this.#known(callId));
  }

  get(id: string): CallView | undefined {
    const { registry, store } = this.#ports;
    const state = registry.state(id) ?? registry.state(store.findRequest(id)?.callId ?? "");
    return state === undefined ? undefined : viewOf(state);
  }

  list(): CallView[] {
    return this.#ports.registry
      .actors()
      .flatMap(({ state }) => (state === undefined ? [] : [viewOf(state)]))
      .toSorted((a, b) => a.startedAt - b.startedAt);
  }

  async say(command: SayCommand, signal: AbortSignal): Promise<void> {
    const { actor, utteranceId, after } = await this.#utter({ type: "say", ...wordsOf(command) }, command.callId);
    // Words that wait for their turn are accepted already; only those handed over now can be refused by the carrier.
    const { turn } = this.#known(actor.callId);
    if (turn.whose !== "agent" || turn.utterance.utteranceId !== utteranceId) return;
    const pick = (event: StoredEvent): true | undefined => settledSpeech(event, utteranceId);
    await this.#await(actor, { after, pick, signal, timeoutMs: acceptedWithinMs });
  }

  async ask(command: SayCommand, signal: AbortSignal): Promise<Answer> {
    const { actor, utteranceId, after } = await this.#utter({ type: "ask", ...wordsOf(command) }, command.callId);
    return this.#await(actor, { after, pick: (event) => answerIn(event, utteranceId), signal });
  }

  async answer({ callId, requestId }: AnswerQuery, signal: AbortSignal): Promise<Answer> {
    const actor = this.#ports.registry.findOrReplay(callId);
    if (actor === undefined) throw noSuchCall(callId);
    const { said } = this.#known(actor.callId);
    const utteranceId = Object.hasOwn(said, requestId) ? said[requestId] : undefined;
    if (utteranceId === undefined) {
      throw new CallError("INVALID_INPUT", "nothing was asked on this call with that request id", {
        callId: actor.callId,
      });
    }
    return this.#await(actor, { after: 0, pick: (event) => answerIn(event, utteranceId), signal });
  }

  async sendDigits(command: DigitsCommand, signal: AbortSignal): Promise<void> {
    const { actor, events } = await this.#order(command.callId, { type: "sendDigits", digits: command.digits });
    const requested = events.find((event) => event.type === "digits.requested");
    if (requested === undefined) return;
    const pick = (event: StoredEvent): true | undefined => {
      if (event.type === "digits.sent" && event.digitsId === requested.digitsId) return true;
      if (event.type !== "digits.failed" || event.digitsId !== requested.digitsId) return undefined;
      throw refused(event, actor.callId);
    };
    await this.#await(actor, { after: requested.seq, pick, signal, timeoutMs: digitsWithinMs });
  }

  async hangUp({ callId }: CallReference): Promise<void> {
    const { actor, events } = await this.#order(callId, { type: "hangUp", reason: "hangup-bot" });
    const pick = (event: StoredEvent): true | undefined => {
      if (event.type === "hangUp.accepted" || event.type === "call.ended") return true;
      if (event.type !== "hangUp.failed") return undefined;
      throw new CallError("CARRIER_REFUSED", `${event.message}; the hang-up will be tried again`, {
        callId,
        carrierCode: event.carrierCode,
      });
    };
    const after = events[0]?.seq ?? this.#ports.store.lastSeq();
    await this.#await(actor, { after, pick, signal: new AbortController().signal, timeoutMs: acceptedWithinMs });
  }

  /** Says it once: a repeated request id finds the first utterance. */
  async #utter(
    order: Extract<CallOrder, { type: "say" | "ask" }>,
    id: string,
  ): Promise<{ actor: CallActor; utteranceId: string; after: number }> {
    const { actor, events } = await this.#order(id, order);
    const requested = events.find((event) => event.type === "utterance.requested");
    if (requested !== undefined) return { actor, utteranceId: requested.utteranceId, after: requested.seq };
    const utteranceId = this.#known(actor.callId).said[order.requestId ?? ""];
    if (utteranceId === undefined)
      throw new CallError("INTERNAL", "the utterance was not stored", { callId: actor.callId });
    return { actor, utteranceId, after: 0 };
  }

  async #order(id: string, order: CallOrder): Promise<{ actor: CallActor; events: StoredEvent[] }> {
    const actor = this.#ports.registry.findOrReplay(id);
    if (actor === undefined) throw noSuchCall(id);
    const { stored } = await actor.tell([(state) => repeatedOr(state, order)]);
    return { actor, events: stored };
  }

  #await<T>(
    actor: CallActor,
    wait: { after: number; pick(event: StoredEvent): T | undefined; signal: AbortSignal; timeoutMs?: number },
  ): Promise<T> {
    const { store, clock } = this.#ports;
    return awaitLog({ store, clock, callId: actor.callId, ...wait });
  }

  #known(callId: string): CallState {
    const state = this.#ports.registry.state(callId);
    if (state === undefined) throw noSuchCall(callId);
    return state;
  }
}

/** A repeated order of a call that is over meanwhile still finds its answer in the log. */
function repeatedOr(state: CallState, order: CallOrder): ReturnType<typeof decide> {
  const repeated = "requestId" in order && order.requestId !== undefined && Object.hasOwn(state.said, order.requestId);
  return repeated ? [] : decide(state, order);
}

function wordsOf({ message, requestId }: SayCommand): { text: string; requestId?: string } {
  return { text: message, ...(requestId !== undefined && { requestId }) };
}

function settledSpeech(event: StoredEvent, utteranceId: string): true | undefined {
  switch (event.type) {
    case "utterance.started":
    case "utterance.played":
    case "utterance.cut":
      return event.utteranceId === utteranceId ? true : undefined;
    case "utterance.failed":
      if (event.utteranceId === utteranceId) throw refused(event, event.callId);
      return undefined;
    default:
      return undefined;
  }
}

function answerIn(event: StoredEvent, utteranceId: string): Answer | undefined {
  switch (event.type) {
    case "caller.spoke":
      return event.answers === utteranceId ? { transcript: event.text } : undefined;
    case "caller.pressed":
      return event.answers === utteranceId ? { transcript: "", digits: event.digits } : undefined;
    case "ask.expired":
      if (event.utteranceId === utteranceId) throw nobodySpoke(event.callId);
      return undefined;
    case "utterance.failed":
      if (event.utteranceId === utteranceId) throw refused(event, event.callId);
      return undefined;
    case "call.ended":
      throw new CallError("CALL_ENDED", `the call ended before an answer came (${event.reason})`, {
        callId: event.callId,
      });
    default:
      return undefined;
  }
}

function nobodySpoke(callId: string): CallError {
  return new CallError("NOBODY_SPOKE", "nobody answered within the time set by `transcriptTimeoutMs`", {
    callId,
    hint: "the call goes on: ask again with `voicecall continue`, or end it",
  });
}

function refused(event: StoredEvent<"utterance.failed" | "digits.failed">, callId: string): CallError {
  return event.message === "the call ended first"
    ? new CallError("CALL_ENDED", "the call ended first", { callId })
    : new CallError("CARRIER_REFUSED", event.message, { callId, carrierCode: event.carrierCode });
}

function noSuchCall(id: string): CallError {
  return new CallError("NO_SUCH_CALL", `no call has the id given (${id.length} characters)`, {
    hint: "list live calls with `voicecall status`; `--call-id` takes our id or the carrier's",
  });
}
