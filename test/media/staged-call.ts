// One call on a media stream in simulated time: the real core and the real line, with a carrier, a voice and a recogniser in memory.
import { CallError } from "../../src/call/error.ts";
import type { CallEvent, CarrierTraits, StoredEvent } from "../../src/call/event.ts";
import type { CarrierFact } from "../../src/call/fact.ts";
import { decideFact, decideTimer } from "../../src/call/decide-fact.ts";
import { stillDue } from "../../src/call/effect.ts";
import type { MediaSocket, MediaSocketListener, StreamCodec } from "../../src/daemon/carriers/media.ts";
import { MediaLine } from "../../src/daemon/media/media-line.ts";
import { StreamLink } from "../../src/daemon/media/stream-link.ts";
import type { HeardEvent, Transcriber } from "../../src/daemon/speech/transcriber.ts";
import { plain, type TestCall } from "../call/calls.ts";
import { PlayingCarrier } from "./playing-carrier.ts";

const msPerCharacter = 60;
const quietFrame = Buffer.alloc(160, 0xff).toString("base64");
const loudFrame = Buffer.alloc(160, 0x10).toString("base64");
export const streams: CarrierTraits = { ...plain, streams: true };

/** A text as the staged voice says it. */
export function spokenBytes(text: string): number {
  return Math.ceil((text.length * msPerCharacter) / 20) * 160;
}

export interface Recogniser {
  heard(event: HeardEvent): void;
  closed: boolean;
  commits: number;
}

class CarrierSocket implements MediaSocket {
  readonly bufferedAmount = 0;
  readonly carrier = new PlayingCarrier();
  closedWith: number | undefined;

  send(frame: string): void {
    if (this.closedWith !== undefined) return;
    const rest = frame.slice(1);
    if (frame.startsWith("a")) this.carrier.audio(Buffer.from(rest, "base64"));
    else if (frame.startsWith("m")) this.carrier.mark(rest);
    else this.carrier.clear();
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  listen(_listener: MediaSocketListener): void {
    throw new Error("the stage hands events to the line itself");
  }
}

const codec: StreamCodec = {
  reorders: false,
  marksAfterClear: true,
  maxAudioBytes: 16_000,
  decode: () => undefined,
  audio: (payload) => `a${payload}`,
  mark: (name) => `m${name}`,
  clear: () => "c",
};

export class StagedCall {
  readonly call: TestCall;
  readonly line: MediaLine;
  readonly recognisers: Recogniser[] = [];
  /** Texts that were asked of the voice. */
  readonly asked: string[] = [];
  readonly faults: string[] = [];
  now = 50_000;
  /** The caller makes a sound. */
  speaks = false;
  /** Resolved when the voice may speak; replace it to keep the voice waiting. */
  voiceMay: Promise<unknown> = Promise.resolve();
  voiceFails = false;
  #socket = new CarrierSocket();
  #link: StreamLink | undefined;
  #untold: (() => void)[] = [];
  #seen = 0;
  #over = false;
  #timers: Set<string>;

  constructor(call: TestCall, { recognisers = 1, timers = true } = {}) {
    this.call = call;
    this.#timers = new Set(timers ? ["idle", "filler", "response", "playout", "notifyHangup"] : []);
    const transcriber: Transcriber = {
      id: "staged",
      capabilities: { endOfTurn: "silence", speechStart: true, chunkMs: 20, finalWithinMs: 400 },
      open: ({ heard }) => {
        const recogniser: Recogniser = { heard, closed: false, commits: 0 };
        this.recognisers.push(recogniser);
        return {
          push: () => undefined,
          commit: () => void recogniser.commits++,
          async [Symbol.asyncDispose]() {
            recogniser.closed = true;
          },
        };
      },
    };
    this.line = new MediaLine({
      callId: "call-1",
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (_fields, message) => void this.faults.push(message),
      },
      now: () => this.now,
      wallNow: () => this.call.at,
      state: () => this.call.state,
      tell: (...facts) => void this.#untold.push(() => this.#decide(facts)),
      timed: () => undefined,
      speak: (text, signal) => this.#voice(text, signal),
      warmUp: () => undefined,
      ear: {
        transcribers: Array.from({ length: recognisers }, () => transcriber),
        carrierHears: false,
        language: "en",
        rules: { plainMs: 800, onsetMs: 250, minWords: 1, resumeMs: 2000 },
        newProbe: () => ({ push: () => [this.speaks ? 0.9 : 0.1], reset: () => undefined }),
      },
      protectMs: 0,
    });
  }

  get carrier(): PlayingCarrier {
    return this.#socket.carrier;
  }

  get socketClosed(): boolean {
    return this.#socket.closedWith !== undefined;
  }

  /** The recogniser that listens now. */
  get recogniser(): Recogniser {
    const last = this.recognisers.at(-1);
    if (last === undefined) throw new Error("nobody listens");
    return last;
  }

  /** A media socket comes up, in place of one that is. */
  async attach(): Promise<void> {
    this.#socket = new CarrierSocket();
    this.#link = new StreamLink(this.#socket, codec, "PCMU");
    this.line.attach(this.#link);
    await this.settle();
  }

  async drop(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link !== undefined) this.line.detach(link, "dropped");
    await this.settle();
  }

  async hears(event: HeardEvent): Promise<void> {
    this.recogniser.heard(event);
    await this.settle();
  }

  async add(events: CallEvent[]): Promise<void> {
    this.call.add(events);
    this.#follow();
    await this.settle();
  }

  async tell(...facts: CarrierFact[]): Promise<void> {
    this.#decide(facts);
    await this.settle();
  }

  /** A reply to the open offer, in sentences. */
  async reply(...sentences: string[]): Promise<string[]> {
    const offerId = this.call.state.offer?.offerId;
    if (offerId === undefined) throw new Error("no turn is open");
    const first = this.call.log.length + 1;
    const ids = sentences.map((_, at) => `u${first + at}`);
    const said = sentences.map(
      (text, at) =>
        ({ type: "utterance.requested", utteranceId: ids[at] ?? "", text, purpose: "reply", offerId }) as const,
    );
    await this.add([
      { type: "turn.claimed", offerId, responder: "r" },
      ...said,
      { type: "turn.settled", offerId, outcome: "answered" },
    ]);
    return ids;
  }

  /** In steps of 20 ms: the carrier plays, the caller is heard, timers fire. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      this.now += 20;
      this.call.at += 20;
      const link = this.#link;
      if (link !== undefined) {
        for (const name of this.carrier.play(20)) this.line.received(link, { type: "mark", name });
        const payload = this.speaks ? loudFrame : quietFrame;
        this.line.received(link, { type: "audio", payload, timestampMs: 0, chunk: 0 });
      }
      if (this.now % 100 === 0 && !this.#over) this.line.tick();
      this.#fire();
      await this.settle();
    }
  }

  /** All that follows at once has followed. */
  async settle(): Promise<void> {
    do {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
      for (const tell of this.#untold.splice(0)) tell();
    } while (this.#untold.length > 0);
    for (let turn = 0; turn < 12; turn++) await Promise.resolve();
  }

  #fire(): void {
    const due = Object.entries(this.call.state.timers).filter(
      ([name, at]) => at <= this.call.at && this.#timers.has(name),
    );
    for (const [name] of due) {
      const timer = timerNames.find((known) => known === name);
      if (timer === undefined) continue;
      this.call.add(decideTimer(this.call.state, timer, this.call.at));
      this.#follow();
    }
  }

  #decide(facts: readonly CarrierFact[]): void {
    for (const fact of facts) {
      this.call.add(decideFact(this.call.state, fact, this.call.at));
      this.#follow();
    }
  }

  /** As the engine does: what was stored is noticed, then effects are performed. */
  #follow(): void {
    const { effects, log } = this.call;
    const stored = log.slice(this.#seen);
    this.#seen = log.length;
    for (const event of stored) this.#noticed(event);
    for (const effect of stillDue(effects, this.call.state)) {
      if (effect.type !== "speak" || !this.call.state.traits.streams) continue;
      const { utteranceId } = effect;
      this.line.speak(effect, new AbortController().signal).then(
        () => this.#untold.push(() => this.#decide([{ type: "started", utteranceId }])),
        (error: unknown) => this.#refused(utteranceId, error),
      );
    }
  }

  #noticed(event: StoredEvent): void {
    if (event.type !== "call.ended" && event.type !== "stream.abandoned") return this.line.noticed(event);
    this.#over = true;
    void this.line[Symbol.asyncDispose]();
  }

  #refused(utteranceId: string, error: unknown): void {
    if (error instanceof CallError && error.code === "ABORTED") return;
    const message = error instanceof Error ? error.message : String(error);
    this.#untold.push(() => {
      this.call.refuse({ type: "utterance.failed", utteranceId, message });
      this.#follow();
    });
  }

  async *#voice(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    this.asked.push(text);
    await this.voiceMay;
    if (this.voiceFails) throw new CallError("SPEECH_FAILED", "no voice could speak");
    for (let left = spokenBytes(text); left > 0 && !signal.aborted; left -= 1600)
      yield new Uint8Array(Math.min(1600, left));
  }
}

const timerNames = ["idle", "filler", "response", "playout", "notifyHangup"] as const;
