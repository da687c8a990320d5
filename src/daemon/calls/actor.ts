// One actor per call: a mailbox in which each decision is made, stored, folded and only then acted upon, strictly in order.
import { decideTimer } from "../../call/decide-fact.ts";
import { type CallEffect, stillDue } from "../../call/effect.ts";
import { type CallEvent, type StoredEvent, type TimerName, eventVersion } from "../../call/event.ts";
import type { CallId } from "../../call/ids.ts";
import { reduce } from "../../call/reduce.ts";
import type { CallState } from "../../call/state.ts";
import type { Cancel, Deps } from "../deps.ts";
import type { CallRow, EventStore } from "../store/event-store.ts";

/** Makes events of the present state. `changed`: an earlier decision of the same turn has made some already. */
export type Decision = (state: CallState, at: number, changed: boolean) => CallEvent[];

/** Every webhook leaves its mark, so that its key and first reply are kept. */
const noteNothing: Decision = (_state, _at, changed) =>
  changed ? [] : [{ type: "carrier.noted", what: "nothing new" }];

/** Made once: an abort without a reason builds a DOMException each time. */
const released = new Error("the call is over or was let go of");

/** A webhook that rides on a decision: its key, and the reply for the state it leads to. */
export interface WebhookTurn {
  key: string;
  /** `effects`: what this turn makes the world do, so that the reply does just that. */
  reply(state: CallState, effects: readonly CallEffect[]): string;
  /** Whether the reply itself carries out an effect, and what is true then. */
  delivers(effect: CallEffect): boolean;
  outcomeOf(effect: CallEffect): Decision[];
}

export interface TurnOutcome {
  stored: StoredEvent[];
  /** Set when a webhook came with the decision; the first reply again when it was a repeat. */
  reply?: string;
}

export interface ActorPorts extends Deps {
  store: EventStore;
  perform(effect: CallEffect, actor: CallActor): void;
  /** Called after each commit, before effects. */
  changed(actor: CallActor, stored: readonly StoredEvent[]): void;
}

/** One turn of a mailbox before it is stored: the state it leads to, its events and their effects. */
class Plan {
  state: CallState | undefined;
  readonly events: CallEvent[] = [];
  readonly effects: CallEffect[] = [];
  readonly #callId: CallId;
  readonly at: number;

  constructor(state: CallState | undefined, callId: CallId, at: number) {
    this.state = state;
    this.#callId = callId;
    this.at = at;
  }

  /** The state after its events; there is one as soon as there is an event. */
  get reached(): CallState {
    if (this.state === undefined) throw new Error("a call without events has no state");
    return this.state;
  }

  add(event: CallEvent): void {
    const callSeq = (this.state?.callSeq ?? 0) + 1;
    const envelope = { seq: 0, callId: this.#callId, callSeq, at: this.at, v: eventVersion };
    const step = reduce(this.state, { ...event, ...envelope });
    this.state = step.state;
    this.events.push(event);
    this.effects.push(...step.effects);
  }

  get due(): CallEffect[] {
    return stillDue(this.effects, this.reached);
  }

  decide(decisions: readonly Decision[]): void {
    for (const decide of decisions) {
      if (this.state === undefined) continue;
      for (const event of decide(this.state, this.at, this.events.length > 0)) this.add(event);
    }
  }

  /**
   * The carrier gets the stored reply, now or on its retry: what the reply carries out has its outcome here.
   * @returns the effects that are left to be ordered.
   */
  carryOut(webhook: WebhookTurn): CallEffect[] {
    const { due } = this;
    const [delivered, left] = [true, false].map((is) => due.filter((effect) => webhook.delivers(effect) === is));
    const known = this.effects.length;
    this.decide((delivered ?? []).flatMap((effect) => webhook.outcomeOf(effect)));
    return [...(left ?? []), ...this.effects.slice(known)];
  }
}

const retryMs = 1000;

export class CallActor {
  readonly callId: CallId;
  /** False for a call restored after a restart until its carrier has confirmed the leg: no timers, no slot. */
  confirmed: boolean;
  readonly #ports: ActorPorts;
  readonly #request: CallRow["request"];
  readonly #cancels = new Map<TimerName, { deadline: number; cancel: Cancel }>();
  readonly #abort = new AbortController();
  #state: CallState | undefined;
  #mailbox: Promise<unknown> = Promise.resolve();

  /** A new call, or with `state` one restored from its log. */
  constructor(callId: CallId, ports: ActorPorts, origin: { state?: CallState; request?: CallRow["request"] } = {}) {
    this.callId = callId;
    this.#ports = ports;
    this.#state = origin.state;
    this.#request = origin.request;
    this.confirmed = origin.state === undefined;
  }

  /** Undefined only until the first event of a new call is stored. */
  get state(): CallState | undefined {
    return this.#state;
  }

  /** Aborted when the call is over or the daemon lets go of it. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Makes decisions, one after the other on the state that the one before left, and stores all of them together. */
  tell(decisions: readonly Decision[], webhook?: WebhookTurn): Promise<TurnOutcome> {
    const turn = this.#mailbox.then(() => this.#turn(decisions, webhook));
    this.#mailbox = turn.catch(() => undefined);
    return turn;
  }

  /** Begins a new call with its first events. */
  begin(
    first: CallEvent<"call.requested" | "call.received">,
    then: readonly Decision[] = [],
    webhook?: WebhookTurn,
  ): Promise<TurnOutcome> {
    const turn = this.#mailbox.then(() => this.#turn(then, webhook, first));
    this.#mailbox = turn.catch(() => undefined);
    return turn;
  }

  /** Confirms a restored call: its timers run and its slot counts from now on. */
  confirm(): void {
    this.confirmed = true;
    this.#arm();
  }

  /** Lets go of the call without touching it: timers stop, running orders are aborted. */
  release(): void {
    for (const { cancel } of this.#cancels.values()) cancel();
    this.#cancels.clear();
    this.#abort.abort(released);
  }

  /** Settles when all that was told so far is done. */
  async idle(): Promise<void> {
    await this.#mailbox;
  }

  async #turn(
    decisions: readonly Decision[],
    webhook: WebhookTurn | undefined,
    first?: CallEvent,
  ): Promise<TurnOutcome> {
    const known = webhook && this.#ports.store.replyTo(webhook.key);
    if (known !== undefined) return { stored: [], reply: known };
    const at = this.#ports.clock.now();
    const firstCallSeq = (this.#state?.callSeq ?? 0) + 1;
    const plan = new Plan(this.#state, this.callId, at);
    if (first !== undefined) plan.add(first);
    plan.decide(webhook === undefined ? decisions : [...decisions, noteNothing]);
    return plan.events.length === 0 ? { stored: [] } : this.#commit(plan, firstCallSeq, webhook);
  }

  async #commit(plan: Plan, firstCallSeq: number, webhook: WebhookTurn | undefined): Promise<TurnOutcome> {
    const answer = webhook && { key: webhook.key, reply: webhook.reply(plan.reached, plan.due) };
    const ordered = webhook === undefined ? plan.due : plan.carryOut(webhook);
    const { at, events, reached } = plan;
    const append = { callId: this.callId, firstCallSeq, at, events, row: this.#row(reached) };
    const stored = await this.#ports.store.append({ ...append, ...(answer && { webhook: answer }) });
    this.#state = reached;
    this.#ports.changed(this, stored);
    this.#arm();
    for (const effect of ordered) this.#ports.perform(effect, this);
    return { stored, ...(answer && { reply: answer.reply }) };
  }

  #arm(): void {
    const timers = this.signal.aborted ? {} : this.#deadlines();
    for (const [name, armed] of this.#cancels) {
      if (timers[name] === armed.deadline) continue;
      armed.cancel();
      this.#cancels.delete(name);
    }
    for (const name of timerNames) {
      const deadline = timers[name];
      if (deadline !== undefined && !this.#cancels.has(name))
        this.#cancels.set(name, { deadline, cancel: this.#start(name, deadline) });
    }
  }

  /** A call whose leg is not confirmed has but one: an ordered hang-up is tried again. */
  #deadlines(): Partial<Record<TimerName, number>> {
    const timers = this.#state?.timers ?? {};
    if (this.confirmed) return timers;
    return timers.hangUp === undefined ? {} : { hangUp: timers.hangUp };
  }

  #start(name: TimerName, deadline: number): Cancel {
    const { clock, log } = this.#ports;
    return clock.after(Math.max(0, deadline - clock.now()), () => {
      // The timer has measured the time; the wall clock may have been set back meanwhile.
      this.tell([(state, at) => decideTimer(state, name, Math.max(at, deadline))]).then(
        () => this.#again(name, deadline),
        (error: unknown) => {
          log.error(
            { callId: this.callId, timer: name, error: String(error) },
            "a deadline could not be stored; it is tried again",
          );
          if (!this.signal.aborted)
            this.#cancels.set(name, { deadline, cancel: clock.after(retryMs, () => this.#again(name, deadline)) });
        },
      );
    });
  }

  /** After a timer has fired: what it set anew runs already, what it left is armed again. */
  #again(name: TimerName, fired: number): void {
    if (this.#cancels.get(name)?.deadline === fired) this.#cancels.delete(name);
    this.#arm();
  }

  #row(state: CallState): CallRow {
    return {
      carrier: state.carrier,
      ...(state.carrierCallId !== undefined && { carrierCallId: state.carrierCallId }),
      startedAt: state.startedAt,
      ...(state.phase.name === "ended" && { endedAt: state.phase.endedAt }),
      ...(this.#request !== undefined && { request: this.#request }),
    };
  }
}

const timerNames: readonly TimerName[] = [
  "ring",
  "maxDuration",
  "notifyHangup",
  "transcript",
  "playout",
  "stale",
  "hangUp",
  "dialUnknown",
  "digits",
  "silence",
  "response",
  "idle",
  "stream",
  "filler",
  "machine",
];
