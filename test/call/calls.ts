// Builds calls for the tests of the domain: a log that grows by decisions, like an actor's.
import { admitted, decideFact, decideRefusal, decideTimer } from "../../src/call/decide-fact.ts";
import { type CallOrder, decide } from "../../src/call/decide.ts";
import type { CallEffect } from "../../src/call/effect.ts";
import {
  type CallEvent,
  type CarrierTraits,
  type StoredEvent,
  type TimerName,
  eventVersion,
} from "../../src/call/event.ts";
import type { CarrierFact } from "../../src/call/fact.ts";
import { reduce } from "../../src/call/reduce.ts";
import type { CallState } from "../../src/call/state.ts";

export const limits = {
  ringTimeoutMs: 30_000,
  maxDurationMs: 300_000,
  notifyHangupDelayMs: 3000,
  transcriptTimeoutMs: 180_000,
  silenceTimeoutMs: 800,
  staleAfterMs: 120_000,
  responseTimeoutMs: 30_000,
  idleAfterMs: 20_000,
  fillerAfterMs: 1200,
};

export const phrases = {
  apology: "Sorry?",
  unattended: "Nobody is here.",
  reprompt: "Are you there?",
  goodbye: "Goodbye then.",
  filler: "One moment.",
  deaf: "I cannot hear you well.",
};

/** Like the mock and Telnyx: speaks, tells when it is done, and listens by a second order. */
export const plain: CarrierTraits = {
  gathers: false,
  answersByReply: false,
  inlineOpening: false,
  streams: false,
  msPerCharacter: 60,
};
/** Like Twilio and Plivo: speaks and listens in one document. */
export const gathering: CarrierTraits = {
  gathers: true,
  answersByReply: true,
  inlineOpening: false,
  streams: false,
  msPerCharacter: 65,
};

export class TestCall {
  readonly log: StoredEvent[] = [];
  /** Effects of the last step. */
  effects: CallEffect[] = [];
  at = 1_000_000;
  #state: CallState | undefined;

  static outbound(
    options: {
      mode?: "notify" | "conversation";
      message?: string;
      traits?: CarrierTraits;
      onVoicemail?: "hangup" | "leave-message";
    } = {},
  ): TestCall {
    const call = new TestCall();
    const { mode = "conversation", message = "Hello", traits = plain, onVoicemail } = options;
    call.add([
      {
        type: "call.requested",
        carrier: "test",
        from: "+15550000001",
        to: "+15550000002",
        mode,
        limits,
        phrases,
        route: {},
        traits,
        message,
        ...(onVoicemail !== undefined && { onVoicemail }),
      },
    ]);
    return call;
  }

  static inbound(options: { greeting?: string; traits?: CarrierTraits } = {}): TestCall {
    const call = new TestCall();
    const { traits = plain, greeting } = options;
    const from = { carrier: "test", carrierCallId: "C1", from: "+15550000003", to: "+15550000001" };
    call.add([
      {
        type: "call.received",
        ...from,
        limits,
        phrases,
        route: {},
        traits,
        ...(greeting !== undefined && { greeting }),
      },
    ]);
    call.add(admitted(call.state));
    return call;
  }

  get state(): CallState {
    if (this.#state === undefined) throw new Error("no event yet");
    return this.#state;
  }

  get types(): string[] {
    return this.log.map((event) => event.type);
  }

  add(events: CallEvent[]): this {
    this.effects = [];
    for (const event of events) {
      const callSeq = this.log.length + 1;
      const stored = { ...event, seq: callSeq, callId: "call-1", callSeq, at: this.at, v: eventVersion };
      const step = reduce(this.#state, stored);
      this.log.push(stored);
      this.#state = step.state;
      this.effects.push(...step.effects);
    }
    return this;
  }

  order(order: CallOrder): this {
    return this.add(decide(this.state, order));
  }

  /** Facts that arrive together; each is decided on the state that the one before left. */
  tell(...facts: CarrierFact[]): this {
    const effects: CallEffect[] = [];
    for (const fact of facts) {
      this.add(decideFact(this.state, fact, this.at));
      effects.push(...this.effects);
    }
    this.effects = effects;
    return this;
  }

  /** The carrier, or a voice of ours, will not say it. */
  refuse(refused: Parameters<typeof decideRefusal>[1]): this {
    return this.add(decideRefusal(this.state, refused));
  }

  placed(): this {
    return this.add([{ type: "call.placed", carrierCallId: "C1", source: "reply" }]);
  }

  live(): this {
    return this.placed().tell({ type: "ringing" }, { type: "answered" }, { type: "ready" });
  }

  /** Moves time to a deadline and lets it fire. */
  fire(timer: TimerName): this {
    const deadline = this.state.timers[timer];
    if (deadline === undefined) throw new Error(`no ${timer} timer is set`);
    this.at = Math.max(this.at, deadline);
    return this.add(decideTimer(this.state, timer, this.at));
  }

  /** The token of the caller's turn that an effect of the last step opens. */
  get openedTurn(): string {
    for (const effect of this.effects) if ("turn" in effect && effect.turn !== undefined) return effect.turn;
    throw new Error("no turn was opened");
  }
}
