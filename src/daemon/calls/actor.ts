// One actor per call: a mailbox in which each decision is made, stored, folded and only then acted upon, strictly in order.
import { decideTimer } from "../../call/decide-fact.ts";
import type { CallEffect } from "../../call/effect.ts";
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

/** A webhook that rides on a decision: its key, and the reply for the state it leads to. */
export interface WebhookTurn {
  key: string;
  reply(state: CallState): string;
  /** Effects that the reply itself carries out. */
  delivers(effect: CallEffect): boolean;
}

export interface TurnOutcome {
  stored: StoredEvent[];
  /** Set when a webhook came with the decision; the first reply again when it was a repeat. */
  reply?: string;
  /** Effects that the reply carried out. */
  delivered: CallEffect[];
}

export interface ActorPorts extends Deps {
  store: EventStore;
  perform(effect: CallEffect, actor: CallActor): void;
  /** Called after each commit, before effects. */
  changed(actor: CallActor): void;
}

interface Plan {
  state: CallState | undefined;
  events: CallEvent[];
  effects: CallEffect[];
}

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
    this.#abort.abort();
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
    if (known !== undefined) return { stored: [], reply: known, delivered: [] };
    const at = this.#ports.clock.now();
    const firstCallSeq = (this.#state?.callSeq ?? 0) + 1;
    const { state, events, effects } = this.#plan(
      at,
      webhook === undefined ? decisions : [...decisions, noteNothing],
      first,
    );
    if (state === undefined || events.length === 0) return { stored: [], delivered: [] };
    const reply = webhook?.reply(state);
    const stored = await this.#ports.store.append({
      callId: this.callId,
      firstCallSeq,
      at,
      events,
      row: this.#row(state),
      ...(webhook !== undefined && reply !== undefined && { webhook: { key: webhook.key, reply } }),
    });
    this.#state = state;
    this.#ports.changed(this);
    const delivered = this.#act(effects, webhook);
    return { stored, delivered, ...(reply !== undefined && { reply }) };
  }

  #plan(at: number, decisions: readonly Decision[], first: CallEvent | undefined): Plan {
    const plan: Plan = { state: this.#state, events: [], effects: [] };
    const before = plan.state?.callSeq ?? 0;
    const add = (event: CallEvent): void => {
      const callSeq = (plan.state?.callSeq ?? 0) + 1;
      const step = reduce(plan.state, { ...event, seq: 0, callId: this.callId, callSeq, at, v: eventVersion });
      plan.state = step.state;
      plan.events.push(event);
      plan.effects.push(...step.effects);
    };
    if (first !== undefined) add(first);
    for (const decide of decisions) {
      if (plan.state === undefined) continue;
      for (const event of decide(plan.state, at, plan.state.callSeq > before)) add(event);
    }
    return plan;
  }

  #act(effects: readonly CallEffect[], webhook: WebhookTurn | undefined): CallEffect[] {
    this.#arm();
    const delivered = effects.filter((effect) => webhook?.delivers(effect) === true);
    for (const effect of effects) {
      if (!delivered.includes(effect)) this.#ports.perform(effect, this);
    }
    return delivered;
  }

  #arm(): void {
    const timers = this.confirmed && !this.signal.aborted ? (this.#state?.timers ?? {}) : {};
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

  #start(name: TimerName, deadline: number): Cancel {
    const { clock, log } = this.#ports;
    return clock.after(Math.max(0, deadline - clock.now()), () => {
      this.#cancels.delete(name);
      // A timer may come a moment early; arming again makes it wait for the rest.
      this.tell([(state, at) => decideTimer(state, name, at)]).then(
        () => this.#arm(),
        (error: unknown) =>
          log.error({ callId: this.callId, timer: name, error: String(error) }, "a deadline could not be stored"),
      );
    });
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
];
