// One call on a media stream: our voice, our ear and the socket that carries both, told to the call as facts.
import type { StoredEvent } from "../../call/event.ts";
import { CallError } from "../../call/error.ts";
import type { CarrierFact } from "../../call/fact.ts";
import type { CallState } from "../../call/state.ts";
import type { StreamEvent } from "../carriers/media.ts";
import type { Log } from "../deps.ts";
import type { Ulaw } from "../speech/synthesiser.ts";
import { callerFrame } from "./caller-frame.ts";
import type { EarAction, OurVoice } from "./ear.ts";
import { KeyPresses } from "./key-presses.ts";
import { Listener, type ListenerPorts } from "./listener.ts";
import { type SpeakOrder, Speaker, type SpeakerEvent } from "./speaker.ts";
import type { PlaybackLine } from "./playback.ts";
import type { LinkReader, StreamLink } from "./stream-link.ts";
import { type TimedTurn, TurnClock } from "./turn-clock.ts";

export interface LinePorts {
  callId: string;
  log: Log;
  now(): number;
  state(): CallState | undefined;
  tell(...facts: CarrierFact[]): void;
  timed(turn: TimedTurn): void;
  speak(text: string, signal: AbortSignal): AsyncIterable<Ulaw>;
  /** Connects the voice while it rings. */
  warmUp(): void;
  ear: Omit<ListenerPorts, "ourVoice" | "now" | "act" | "troubled">;
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

/** Nothing from the carrier for so long: nobody is there. */
const stalledMs = 30_000;
/** Our own voice comes back to us so long after its end. */
const echoMs = 1500;

export class MediaLine implements AsyncDisposable {
  readonly #ports: LinePorts;
  readonly #speaker: Speaker;
  readonly #listener: Listener;
  readonly #keys = new KeyPresses();
  readonly #clock = new TurnClock();
  #link: StreamLink | undefined;
  #attachedAt = 0;
  #stalled = false;
  /** Our voice was stopped so long after the caller's began; it may yet go on. */
  #lastWords = { text: "", until: 0 };
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
    this.#openEar();
    this.#ports.tell({ type: "answered" }, { type: "ready", stream: true });
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
        this.#remember();
        return this.#ports.tell({ type: "played", utteranceId });
      case "broken":
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
    const heard = this.#speaker.cut();
    this.#remember();
    if (heard === undefined) return;
    this.#ports.tell({ type: "cut", ...heard, byCaller: true, clearMs: Math.round(clearMs) });
  }

  #ourVoice(): OurVoice {
    const now = this.#ports.now();
    const { current, playback } = this.#speaker;
    const words = current?.text ?? (now < this.#lastWords.until ? this.#lastWords.text : "");
    return { audible: playback.audible(now), protected: this.#isProtected(current?.startedAt, now), words };
  }

  #isProtected(startedAt: number | undefined, now: number): boolean {
    const state = this.#ports.state();
    if (state === undefined || state.closing !== undefined || state.mode === "notify") return true;
    const opens = state.turn.whose === "agent" && state.turn.utterance.purpose === "opening";
    return opens && startedAt !== undefined && now - startedAt < this.#ports.protectMs;
  }

  #remember(): void {
    const state = this.#ports.state();
    const text = state?.turn.whose === "agent" ? state.turn.utterance.text : "";
    if (text !== "") this.#lastWords = { text, until: this.#ports.now() + echoMs };
  }

  #watch(): void {
    if (this.#link === undefined || this.#stalled) return;
    const last = Math.max(this.#attachedAt, this.#listener.lastFrameAt ?? 0);
    if (this.#ports.now() - last < stalledMs) return;
    this.#stalled = true;
    this.#ports.tell({ type: "stalled" });
  }

  #tellTimes(turn: TimedTurn | undefined): void {
    if (turn !== undefined) this.#ports.timed(turn);
  }
}

function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof CallError) return { code: error.code, message: error.message };
  return { code: "INTERNAL", message: error instanceof Error ? error.name : typeof error };
}
