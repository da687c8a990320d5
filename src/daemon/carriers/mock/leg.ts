// One leg of the mock's line in time: its state, its callee, and everything that it still waits for.
import type { LegFacts } from "../../../call/fact.ts";
import type { DialOrder, SpeakOrder } from "../carrier.ts";
import type { Cancel, Clock, Log } from "../../deps.ts";
import { Callee, type MockConfig, type Over, pickUp } from "./callee.ts";
import { type Heard, type LegAction, type LegPhase, type LegState, ringing, step } from "./leg-state.ts";
import type { HeardSound } from "./ear.ts";
import { Pace } from "./pace.ts";
import { MockStream } from "./stream.ts";

/** A carrier's time limit is the last resort: it must not come before our own, which starts a moment after its. */
const timeLimitGraceMs = 1000;

export interface LegPorts {
  config: MockConfig;
  clock: Clock;
  log: Log;
  deliver(facts: LegFacts): Promise<void>;
  /** Called once, when the leg is over and before the fact is handed over. */
  ended(leg: MockLeg): void;
}

type Wait = "ring" | "limit" | "ready" | "speech" | "reply";

export class MockLeg {
  readonly carrierCallId: string;
  readonly #ports: LegPorts;
  readonly #pace: Pace;
  readonly #callee: Callee;
  readonly #waits = new Map<Wait, Cancel>();
  #callId: string | undefined;
  #inbound = false;
  #state: LegState = ringing;
  #stream: MockStream | undefined;
  #streams = 0;

  constructor(carrierCallId: string, ports: LegPorts) {
    this.carrierCallId = carrierCallId;
    this.#ports = ports;
    this.#pace = new Pace(ports.config.pace);
    this.#callee = new Callee(ports.config);
  }

  /** Someone rang us; for such a leg `callId` is known from the answer on. */
  get inbound(): boolean {
    return this.#inbound;
  }

  get phase(): LegPhase {
    return this.#state.phase;
  }

  get heard(): Heard {
    return this.#state.heard;
  }

  /** Rings at the callee, who takes the call or does not. */
  dial(order: DialOrder): void {
    this.#callId = order.callId;
    this.#wait("ring", 0, () => {
      const { afterMs, over } = pickUp(this.#ports.config, order.ringTimeoutMs);
      this.#wait("ring", afterMs, () => (over === undefined ? this.#pickedUp(order) : this.end(over)));
      this.#tell({ type: "ring" });
    });
  }

  /** A person calls us. Settles when the call is recorded. */
  callIn(parties: { from: string; to: string }): Promise<void> {
    this.#inbound = true;
    this.#callee.handOver();
    return this.#deliver({ type: "callIn", ...parties });
  }

  /** We answer a person's call. */
  answer(callId: string): void {
    this.#callId = callId;
    this.#tell({ type: "answer", ready: true });
  }

  /** Speaks at once, over what either side was saying. */
  speak({ utteranceId, text }: SpeakOrder): void {
    this.#cancel("reply");
    const half = this.#pace.speech(text) / 2;
    this.#wait("speech", half, () => {
      if (this.#callee.hangsUpMidway) this.end({ type: "over", outcome: "completed" });
      else this.#wait("speech", half, () => this.#spoken(text));
    });
    this.#tell({ type: "speak", utteranceId, text });
  }

  /** Gives the callee its turn; it may have nothing to say. */
  listen(): void {
    const { reply } = this.#callee;
    if (reply === undefined || this.#waits.has("reply") || this.#waits.has("speech")) return;
    const delay = this.#pace.scaled(this.#ports.config.replyDelayMs);
    this.#wait("reply", delay + this.#pace.speech(reply), () => {
      this.#callee.replied();
      this.#tell({ type: "say", text: reply });
    });
  }

  sendDigits(digits: string): void {
    this.#tell({ type: "hearDigits", digits });
  }

  end(over: Over): void {
    this.#tell({ type: "end", over });
  }

  /** A media socket to the callee, in place of the one before. */
  openStream(): MockStream {
    this.closeStream();
    const name = `stream-${++this.#streams}`;
    this.#stream = new MockStream(this.#ports.clock, { name, carrierCallId: this.carrierCallId });
    return this.#stream;
  }

  closeStream(): void {
    this.#stream?.stop();
  }

  /** The callee speaks over the media socket. False when there is none, or it ended before all was said. */
  async sayAudio(ulaw: Uint8Array, text?: string): Promise<boolean> {
    this.#takeOver();
    const said = (await this.#stream?.say(ulaw)) ?? false;
    if (said && text !== undefined) await this.#deliver({ type: "say", text });
    return said;
  }

  /** What the callee has heard over the last media socket. */
  heardAudio(): HeardSound[] {
    return this.#stream?.heard() ?? [];
  }

  /** A person speaks at the other end, into our words if need be. Settles when that is recorded. */
  say(text: string): Promise<void> {
    this.#takeOver();
    this.#cancel("speech");
    return this.#deliver({ type: "say", text });
  }

  /** A person presses keys at the other end. Settles when that is recorded. */
  press(digits: string): Promise<void> {
    this.#takeOver();
    return this.#deliver({ type: "press", digits });
  }

  /** A person at the other end hangs up or declines. Settles when that is recorded. */
  hangUp(): Promise<void> {
    const whileRinging = this.#inbound ? "canceled" : "busy";
    const outcome = this.phase.name === "ringing" ? whileRinging : "completed";
    return this.#deliver({ type: "end", over: { type: "over", outcome } });
  }

  /** Stops all waits, without a word to anyone. */
  release(): void {
    for (const cancel of this.#waits.values()) cancel();
    this.#waits.clear();
    this.closeStream();
  }

  #pickedUp({ maxDurationMs, dtmfSequence: digits }: DialOrder): void {
    this.#wait("limit", maxDurationMs + timeLimitGraceMs, () => this.end({ type: "over", outcome: "completed" }));
    if (digits !== undefined) {
      this.#wait("ready", this.#pace.digits(digits), () => this.#tell({ type: "becomeReady", digits }));
    }
    this.#tell({ type: "answer", ready: digits === undefined });
  }

  #spoken(text: string): void {
    this.#callee.hear(text);
    this.#tell({ type: "finishSpeech" });
  }

  #takeOver(): void {
    this.#callee.handOver();
    this.#cancel("reply");
  }

  /** For what nobody waits for; a failure is only logged. */
  #tell(action: LegAction): void {
    this.#deliver(action).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : typeof error;
      this.#ports.log.error(
        { carrierCallId: this.carrierCallId, action: action.type, error: name },
        "the mock's facts got lost",
      );
    });
  }

  /** State and waits are settled before anyone hears of it, because an order may come back at once. */
  async #deliver(action: LegAction): Promise<void> {
    const { clock, deliver, ended } = this.#ports;
    const { state, facts } = step(this.#state, action, { at: clock.now(), pace: this.#pace });
    const over = state.phase.name === "over" && this.#state.phase.name !== "over";
    this.#state = state;
    if (over) {
      this.release();
      ended(this);
    }
    if (facts.length === 0) return;
    const callId = this.#callId === undefined ? {} : { callId: this.#callId };
    await deliver({ ...callId, carrierCallId: this.carrierCallId, facts });
  }

  #wait(name: Wait, ms: number, task: () => void): void {
    this.#cancel(name);
    const cancel = this.#ports.clock.after(ms, () => {
      this.#waits.delete(name);
      task();
    });
    this.#waits.set(name, cancel);
  }

  #cancel(name: Wait): void {
    this.#waits.get(name)?.();
    this.#waits.delete(name);
  }
}
