// Speaks a call's utterances: has each one made ahead of its turn, in order, at the pace at which the caller hears them.
import { CallError } from "../../call/error.ts";
import type { Ulaw } from "../speech/synthesiser.ts";
import { AudioQueue } from "./audio-queue.ts";
import { bytesPerMs } from "./frames.ts";
import { heardText } from "./heard-text.ts";
import { Playback, type PlaybackEvent, type PlaybackLine } from "./playback.ts";

/** At most so many utterances are being made at once: the one that is heard, and the next. */
const mostMaking = 2;
/** A voice that is this far ahead of the carrier is not read on. */
const highWaterBytes = 8000 * bytesPerMs;

/** About a word. */
const momentBytes = 400 * bytesPerMs;

export interface SpeakOrder {
  utteranceId: string;
  text: string;
}

export interface PlannedUtterance extends SpeakOrder {
  /** Belongs to the one before it, so that it may be sent to the carrier before its turn comes. */
  follows: boolean;
}

export type SpeakerEvent =
  | { type: "toVoice" | "firstByte" | "sent" | "heard"; utteranceId: string }
  /** It is over; `heard` is what the caller got. */
  | { type: "played"; utteranceId: string; text: string; heard: string; unproven: boolean }
  /** Its audio broke off. */
  | { type: "broken"; utteranceId: string; text: string; heard: string };

export interface SpeakerPorts {
  speak(text: string, signal: AbortSignal): AsyncIterable<Ulaw>;
  now(): number;
  told(event: SpeakerEvent): void;
  /** What goes to the carrier, when it will be heard: for the recording. */
  failed(error: unknown): void;
}

interface Item extends PlannedUtterance {
  audio: AudioQueue;
  abort: AbortController;
  state: "waiting" | "making" | "made" | "broken";
  /** It is its turn. */
  wanted: boolean;
  startedAt?: number;
  begun: PromiseWithResolvers<void>;
  error?: unknown;
}

export class Speaker {
  readonly #ports: SpeakerPorts;
  readonly #playback: Playback;
  #items: Item[] = [];
  readonly #room = new Set<() => void>();

  constructor(ports: SpeakerPorts) {
    this.#ports = ports;
    this.#playback = new Playback((event) => this.#played(event));
  }

  get playback(): Playback {
    return this.#playback;
  }

  /** The utterance that the caller hears, and since when. */
  get current(): { utteranceId: string; text: string; startedAt: number } | undefined {
    const item = this.#items.find(({ utteranceId }) => utteranceId === this.#playback.current);
    return item?.startedAt === undefined
      ? undefined
      : { utteranceId: item.utteranceId, text: item.text, startedAt: item.startedAt };
  }

  /** How far they have heard it, or will in a moment. */
  get heardOfCurrent(): string {
    const heard = this.#playback.heard(this.#ports.now());
    const item = this.#items.find(({ utteranceId }) => utteranceId === heard?.utteranceId);
    return item === undefined || heard === undefined ? "" : this.#heardOf(item, heard.bytes + momentBytes);
  }

  attach(line: PlaybackLine): void {
    this.#playback.attach(line, this.#ports.now());
  }

  /** What the core will have spoken again is forgotten: the stream is gone. */
  detach(): void {
    this.#playback.detach(this.#ports.now());
    this.#forget(this.#items, new CallError("ABORTED", "the media stream ended"));
    this.#playback.cut(this.#ports.now());
  }

  /** It will be asked for later: it is made as soon as its turn is near. */
  plan(utterance: PlannedUtterance): void {
    this.#add(utterance);
    this.#advance();
  }

  /** Its turn has come. Settles when its first audio is with the carrier. */
  async speak(order: SpeakOrder, signal: AbortSignal): Promise<void> {
    const item =
      this.#items.find(({ utteranceId }) => utteranceId === order.utteranceId) ??
      this.#add({ ...order, follows: false });
    // What was planned before it is not coming any more.
    const before = this.#items
      .slice(0, this.#items.indexOf(item))
      .filter(({ utteranceId }) => !this.#playback.has(utteranceId));
    this.#forget(before, new CallError("ABORTED", "another utterance took its place"));
    item.wanted = true;
    this.#advance();
    const given = (): void => this.drop(item.utteranceId);
    signal.addEventListener("abort", given, { once: true });
    try {
      await item.begun.promise;
    } finally {
      signal.removeEventListener("abort", given);
    }
  }

  /** It is not to be heard (any more). */
  drop(utteranceId: string): void {
    const item = this.#items.find((one) => one.utteranceId === utteranceId);
    if (item === undefined) return;
    this.#forget([item], new CallError("ABORTED", "it is not said"));
    this.#playback.remove(utteranceId, this.#ports.now());
    this.#advance();
  }

  /** Falls silent for good; which utterance was heard how far. */
  cut(): { utteranceId: string; text: string; heard: string } | undefined {
    const heard = this.#playback.cut(this.#ports.now());
    const item = this.#items.find(({ utteranceId }) => utteranceId === heard?.utteranceId);
    const words = item === undefined || heard === undefined ? undefined : this.#heardOf(item, heard.bytes);
    this.#forget(this.#items, new CallError("ABORTED", "the caller spoke"));
    if (item === undefined || words === undefined) return undefined;
    return { utteranceId: item.utteranceId, text: item.text, heard: words };
  }

  tick(): void {
    this.#playback.tick(this.#ports.now());
    for (const wake of this.#room) wake();
  }

  #add(utterance: PlannedUtterance): Item {
    const item: Item = {
      ...utterance,
      audio: new AudioQueue(),
      abort: new AbortController(),
      state: "waiting",
      wanted: false,
      begun: Promise.withResolvers(),
    };
    // Nobody may be waiting for it yet.
    item.begun.promise.catch(() => undefined);
    this.#items.push(item);
    return item;
  }

  #advance(): void {
    const making = this.#items.filter(({ state }) => state === "making").length;
    const next = this.#items.filter(({ state }) => state === "waiting").slice(0, Math.max(0, mostMaking - making));
    for (const item of next) void this.#make(item);
    this.#hand();
  }

  /** Gives to the playback what is due: what is wanted, and what follows it directly once all before it was made. */
  #hand(): void {
    const now = this.#ports.now();
    let ready = false;
    for (const item of this.#items) {
      const isDue = item.wanted || (item.follows && ready && item.audio.length > 0);
      if (!this.#playback.has(item.utteranceId)) {
        if (!isDue) return;
        this.#playback.append(item.utteranceId, item.audio, now);
        if (item.state === "made" || item.state === "broken") this.#playback.complete(item.utteranceId, now);
      }
      ready = item.state === "made";
    }
  }

  async #make(item: Item): Promise<void> {
    item.state = "making";
    const { signal } = item.abort;
    this.#ports.told({ type: "toVoice", utteranceId: item.utteranceId });
    try {
      for await (const chunk of this.#ports.speak(item.text, signal)) {
        if (signal.aborted) return;
        const isFirst = item.audio.length === 0 && chunk.length > 0;
        item.audio.push(chunk);
        if (isFirst) this.#ports.told({ type: "firstByte", utteranceId: item.utteranceId });
        this.#flow(isFirst);
        await this.#roomFor(item);
      }
      this.#made(item);
    } catch (error) {
      if (!signal.aborted) this.#broke(item, error);
    }
  }

  #flow(isFirst: boolean): void {
    if (isFirst) this.#hand();
    else this.#playback.tick(this.#ports.now());
  }

  /** Waits while the voice is far ahead of the carrier. */
  async #roomFor(item: Item): Promise<void> {
    const { signal } = item.abort;
    const isAhead = (): boolean => item.audio.length - this.#sentOf(item) > highWaterBytes && !signal.aborted;
    while (isAhead()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#room.add(resolve);
      await promise;
      this.#room.delete(resolve);
    }
  }

  #sentOf(item: Item): number {
    return this.#playback.has(item.utteranceId) ? item.audio.length - this.#playback.unsent(item.utteranceId) : 0;
  }

  #made(item: Item): void {
    if (item.audio.length === 0) return this.#broke(item, new CallError("SPEECH_FAILED", "the voice made no audio"));
    item.state = "made";
    this.#playback.complete(item.utteranceId, this.#ports.now());
    this.#advance();
  }

  #broke(item: Item, error: unknown): void {
    item.state = "broken";
    item.error = error;
    this.#ports.failed(error);
    if (item.audio.length > 0) {
      this.#playback.complete(item.utteranceId, this.#ports.now());
    } else {
      this.#playback.remove(item.utteranceId, this.#ports.now());
      this.#items = this.#items.filter((one) => one !== item);
      item.begun.reject(error);
    }
    this.#advance();
  }

  #played(event: PlaybackEvent): void {
    const item = this.#items.find(({ utteranceId }) => utteranceId === event.utteranceId);
    if (item === undefined) return;
    if (event.type === "sent") {
      item.startedAt = this.#ports.now();
      item.begun.resolve();
    }
    if (event.type !== "played") return this.#ports.told(event);
    this.#items = this.#items.filter((one) => one !== item);
    const { utteranceId, text } = item;
    const { unproven } = event;
    if (item.state === "made") this.#ports.told({ type: "played", utteranceId, text, heard: text, unproven });
    else this.#ports.told({ type: "broken", utteranceId, text, heard: this.#heardOf(item, item.audio.length) });
    this.#advance();
  }

  #heardOf({ text, audio, state }: Item, bytes: number): string {
    return heardText(text, bytes, { bytes: audio.length, known: state === "made" });
  }

  #forget(items: readonly Item[], why: CallError): void {
    const gone = new Set(items);
    this.#items = this.#items.filter((item) => !gone.has(item));
    for (const item of gone) {
      item.abort.abort(why);
      item.begun.reject(why);
    }
    for (const wake of this.#room) wake();
  }
}
