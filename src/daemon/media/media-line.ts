// One call on a media stream: our voice, our ear and the socket that carries both, told to the call as facts.
import type { StoredEvent } from "../../call/event.ts";
import { CallError } from "../../call/error.ts";
import type { CarrierFact } from "../../call/fact.ts";
import type { CallState } from "../../call/state.ts";
import type { StreamEvent } from "../carriers/media.ts";
import type { Log } from "../deps.ts";
import type { Ulaw } from "../speech/synthesiser.ts";
import { callerFrame } from "./caller-frame.ts";
import type { EarAction, OurVoice } from "./ear-action.ts";
import type { OurWords } from "./echo-guard.ts";
import { KeyPresses } from "./key-presses.ts";
import { Listener, type ListenerPorts } from "./listener.ts";
import { SaidLately, type Saying } from "./said-lately.ts";
import { type SpeakOrder, Speaker, type SpeakerEvent } from "./speaker.ts";
import type { PlaybackLine } from "./playback.ts";
import type { LinkReader, StreamLink } from "./stream-link.ts";
import { type TimedTurn, TurnClock } from "./turn-clock.ts";

export interface LinePorts {
  callId: string;
  log: Log;
  now(): number;
  /** Epoch ms, in which the call's deadlines are. */
  wallNow(): number;
  state(): CallState | undefined;
  tell(...facts: CarrierFact[]): void;
  timed(turn: TimedTurn): void;
  speak(text: string, signal: AbortSignal): AsyncIterable<Ulaw>;
  /** Connects the voice while it rings. */
  warmUp(): void;
  ear: Omit<ListenerPorts, "ourVoice" | "ourWords" | "now" | "act" | "troubled">;
  /** How long the beginning of a call's opening words cannot be interrupted. */
  protectMs: number;
}

/** Both sides of the call as they were heard. */
export interface CallRecording extends AsyncDisposable {
  caller(ulaw: Uint8Array): void;
  /** Audio that the caller hears from now on, behind what they still hear. */
  us(ulaw: Uint8Array): void;
  /** What was not heard yet is not going to be. */
  cleared(): void;
}

/** So long before we would speak into a silence, it is looked whether it is one; a beat and more. */
const holdBackMs = 250;
const heardWithinMs = 5000;
/** Nothing from the carrier for so long: nobody is there. */
const stalledMs = 30_000;

export class MediaLine implements AsyncDisposable {
  readonly #ports: LinePorts;
  readonly #speaker: Speaker;
  readonly #listener: Listener;
  readonly #keys = new KeyPresses();
  readonly #clock = new TurnClock();
  #link: StreamLink | undefined;
  #attachedAt = 0;
  #stalled = false;
  readonly #said = new SaidLately();
  #lastOffer: string | undefined;
  #recording: CallRecording | undefined;

  constructor(ports: LinePorts) {
    this.#ports = ports;
    const now = ports.now;
    this.#speaker = new Speaker({
      speak: ports.speak,
      now,
      told: (event) => this.#spoke(event),
      failed: (error) =>
        ports.log.warn({ callId: ports.callId, ...failureOf(error) }, "an utterance could not be spoken"),
    });
    this.#listener = new Listener({
      ...ports.ear,
      now,
      ourVoice: () => this.#ourVoice(),
      ourWords: () => this.#ourWords(),
      act: (action) => this.#act(action),
      troubled: (message) => ports.log.warn({ callId: ports.callId, message }, "the recogniser has trouble"),
    });
  }

  get isUp(): boolean {
    return this.#link !== undefined;
  }

  /** A media socket is up. One that was there before gives way, and what it had not played is played here. */
  attach(link: StreamLink): void {
    const former = this.#link;
    this.#link = link;
    this.#attachedAt = this.#ports.now();
    this.#stalled = false;
    former?.close(1000);
    this.#speaker.attach(this.#recorded(link));
    this.#ports.tell({ type: "answered" }, { type: "ready", stream: true });
    // Behind the answer: that no recogniser is left counts only on a call that is live.
    this.#openEar();
  }

  /** The socket is gone; of one that had given way nothing is told. */
  detach(link: StreamLink, why: string): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#speaker.detach();
    this.#recording?.cleared();
    this.#ports.tell({ type: "streamOver", message: why });
  }

  received(link: StreamLink, event: StreamEvent): void {
    if (this.#link === link) link.read(event, this.#reader);
  }

  async speak(order: SpeakOrder, signal: AbortSignal): Promise<void> {
    if (this.#link === undefined) throw new CallError("ABORTED", "the media stream is not up");
    await this.#speaker.speak(order, signal);
  }

  /** Words that the carrier has understood. */
  told(text: string): void {
    this.#listener.told(text);
  }

  firstToken(offerId: string): void {
    this.#clock.firstToken(offerId, this.#ports.now());
  }

  /** What happens in the call, after it is stored. */
  noticed(event: StoredEvent): void {
    switch (event.type) {
      case "call.ringing":
      case "call.admitted":
        this.#ports.warmUp();
        return this.#openEar();
      case "utterance.requested":
        return this.#requested(event);
      case "utterance.failed":
      case "utterance.cut":
        return this.#speaker.drop(event.utteranceId);
      case "utterance.played":
        return event.proof === "estimate" ? this.#speaker.drop(event.utteranceId) : undefined;
      case "turn.offered":
        return this.#tellTimes(this.#clock.offered(event.offerId, this.#ports.now()));
      default:
        return undefined;
    }
  }

  /** From now on both sides are written down; what was not heard is cut by the line itself. */
  record(recording: CallRecording): void {
    this.#recording = recording;
  }

  /** Words that will be spoken when the line is up. */
  plan(orders: readonly SpeakOrder[]): void {
    for (const order of orders) this.#speaker.plan({ ...order, follows: false });
  }

  tick(): void {
    this.#speaker.tick();
    this.#listener.tick();
    const keys = this.#keys.tick(this.#ports.now());
    if (keys !== undefined) this.#ports.tell({ type: "pressed", digits: keys });
    this.#watch();
    this.#holdBack();
  }

  /** The caller's audio is coming in just now: the leg is up. */
  get isHeard(): boolean {
    const last = this.#listener.lastFrameAt;
    return this.#link !== undefined && last !== undefined && this.#ports.now() - last < heardWithinMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tellTimes(this.#clock.take());
    const link = this.#link;
    this.#link = undefined;
    this.#speaker.detach();
    link?.close(1000);
    await this.#listener[Symbol.asyncDispose]();
    await this.#recording?.[Symbol.asyncDispose]();
  }

  readonly #reader: LinkReader = {
    audio: (payload, encoding) => {
      const frame = callerFrame(payload, encoding);
      this.#recording?.caller(frame.bytes);
      this.#listener.audio(frame);
    },
    mark: (name) => this.#speaker.playback.marked(name, this.#ports.now()),
    digit: (digit) => {
      const keys = this.#keys.press(digit, this.#ports.now());
      if (keys !== undefined) this.#ports.tell({ type: "pressed", digits: keys });
    },
    complaint: (message) =>
      this.#ports.log.warn({ callId: this.#ports.callId, message }, "the carrier complains of our audio"),
  };

  /** The line, with what goes over it recorded while there is a recording. */
  #recorded(link: StreamLink): PlaybackLine {
    return {
      maxAudioBytes: link.maxAudioBytes,
      audio: (bytes) => {
        link.audio(bytes);
        this.#recording?.us(bytes);
      },
      mark: (name) => link.mark(name),
      clear: () => {
        link.clear();
        this.#recording?.cleared();
      },
    };
  }

  #openEar(): void {
    if (this.#ports.state()?.mode === "conversation") this.#listener.open();
  }

  #requested({ utteranceId, text, purpose, offerId }: StoredEvent<"utterance.requested">): void {
    if (purpose === "ask") this.#openEar();
    if (offerId !== undefined) this.#clock.replied(offerId, utteranceId);
    const follows = offerId !== undefined && offerId === this.#lastOffer;
    this.#lastOffer = offerId;
    this.#speaker.plan({ utteranceId, text, follows: follows && this.#ports.state()?.digits.length === 0 });
  }

  #spoke(event: SpeakerEvent): void {
    const { utteranceId } = event;
    switch (event.type) {
      case "played":
        this.#remember(event);
        return this.#ports.tell({ type: "played", utteranceId, ...(event.unproven && { proof: "estimate" }) });
      case "broken":
        this.#remember(event);
        return this.#ports.tell({ type: "cut", utteranceId, heard: event.heard });
      case "sent":
        return this.#tellTimes(this.#clock.spoken("firstFrame", utteranceId, this.#ports.now()));
      default:
        return this.#tellTimes(this.#clock.spoken(event.type, utteranceId, this.#ports.now()));
    }
  }

  #act(action: EarAction): void {
    const { playback } = this.#speaker;
    const now = this.#ports.now();
    switch (action.type) {
      case "pause":
        return playback.pause(now);
      case "resume":
        return playback.resume(now);
      case "interrupt":
        return this.#interrupt(action.silentAt - action.onsetAt);
      case "turn":
        this.#giveWay();
        this.#clock.ended(action.speechEndedAt, action.endDecidedAt, now);
        return this.#ports.tell({
          type: "spoke",
          text: action.text,
          ...(action.confidence !== undefined && { confidence: action.confidence }),
        });
      case "unheard":
        return this.#ports.tell({ type: "unheard", lost: action.lost });
      case "deaf":
        return this.#ports.tell({ type: "deaf", message: "no recogniser understands the caller" });
      case "commit":
        return undefined;
    }
  }

  #interrupt(clearMs: number): void {
    const cut = this.#speaker.cut();
    if (cut === undefined) return this.#giveWay();
    const { utteranceId, heard } = cut;
    this.#remember(cut);
    this.#ports.tell({ type: "cut", utteranceId, heard, byCaller: true, clearMs: Math.round(clearMs) });
  }

  /** A sentence of a reply that nobody has heard the beginning of is not begun behind the caller's next words. */
  #giveWay(): void {
    const turn = this.#ports.state()?.turn;
    if (turn?.whose !== "agent" || turn.utterance.purpose !== "reply" || this.#speaker.current !== undefined) return;
    const { utteranceId } = turn.utterance;
    this.#speaker.drop(utteranceId);
    this.#ports.tell({ type: "cut", utteranceId, heard: "", byCaller: true });
  }

  #ourVoice(): OurVoice {
    const now = this.#ports.now();
    const { current, playback } = this.#speaker;
    return {
      audible: playback.audible(now),
      protected: this.#isProtected(current?.startedAt, now),
      quietForMs: playback.quietForMs(now),
    };
  }

  #ourWords(): OurWords {
    const { current, heardOfCurrent } = this.#speaker;
    const saying = current && { ...current, heard: heardOfCurrent, asked: this.#isAsked(current.utteranceId) };
    return { ...this.#said.words(saying, this.#ports.now()), goesOn: this.#goesOn() };
  }

  /** Between two sentences of one reply we still have the word. */
  #goesOn(): boolean {
    const { turn, queue = [], offer } = this.#ports.state() ?? {};
    return turn?.whose === "agent" || queue.length > 0 || (offer !== undefined && offer.offerId === this.#lastOffer);
  }

  #isAsked(utteranceId: string): boolean {
    return this.#ports.state()?.asking?.utteranceId === utteranceId;
  }

  #isProtected(startedAt: number | undefined, now: number): boolean {
    const state = this.#ports.state();
    if (state === undefined || state.closing !== undefined || state.mode === "notify") return true;
    const opens = state.turn.whose === "agent" && state.turn.utterance.purpose === "opening";
    return opens && startedAt !== undefined && now - startedAt < this.#ports.protectMs;
  }

  #remember({ utteranceId, text, heard }: Omit<Saying, "asked"> & { utteranceId: string }): void {
    this.#said.add({ text, heard, asked: this.#isAsked(utteranceId) }, this.#ports.now());
  }

  #watch(): void {
    if (this.#link === undefined || this.#stalled) return;
    const last = Math.max(this.#attachedAt, this.#listener.lastFrameAt ?? 0);
    if (this.#ports.now() - last < stalledMs) return;
    this.#stalled = true;
    this.#ports.tell({ type: "stalled" });
  }

  /** Nothing is said into a silence that is none. */
  #holdBack(): void {
    const { idle = Infinity, filler = Infinity } = this.#ports.state()?.timers ?? {};
    if (Math.min(idle, filler) - this.#ports.wallNow() > holdBackMs || !this.#listener.isHearing) return;
    this.#ports.tell({ type: "speaking" });
  }

  #tellTimes(turn: TimedTurn | undefined): void {
    if (turn !== undefined) this.#ports.timed(turn);
  }
}

function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof CallError) return { code: error.code, message: error.message };
  return { code: "INTERNAL", message: error instanceof Error ? error.name : typeof error };
}
