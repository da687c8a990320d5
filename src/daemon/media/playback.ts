// What a caller hears of us on one media stream: utterances sent ahead in coarse messages, with marks that prove what was played.
// Times are monotonic milliseconds, given with each call; audio is µ-law at 8 kHz, 8 bytes a millisecond.
import type { AudioQueue } from "./audio-queue.ts";
import { bytesPerMs, frameBytes, wholeFrames } from "./frames.ts";

/** How far ahead of the ear the carrier is supplied: enough for a stall of ours, thrown away at once by a clear. */
const leadMs = 2000;
const markEveryBytes = 400 * bytesPerMs;
/** Smaller pieces wait for more while the carrier has this much left to play. */
const hungryMs = 120;
const smallestBytes = 100 * bytesPerMs;
/** A mark that has not come back so long after its audio is lost. */
const markLostMs = 3000;
/** A mark is at most this old when it is used to tell what was heard since. */
const markTrustMs = 400;

/** Where messages go to: one socket's codec. */
export interface PlaybackLine {
  readonly maxAudioBytes: number;
  audio(bytes: Uint8Array): void;
  mark(name: string): void;
  clear(): void;
}

export type PlaybackEvent =
  /** The first audio has gone to the carrier. */
  | { type: "sent"; utteranceId: string }
  /** The carrier has confirmed that some of it was heard. */
  | { type: "heard"; utteranceId: string }
  /** `unproven`: its last mark has not come back, long after its end. */
  | { type: "played"; utteranceId: string; unproven: boolean };

export interface Heard {
  utteranceId: string;
  bytes: number;
}

interface Segment {
  utteranceId: string;
  audio: AudioQueue;
  /** Nothing more will come into its queue. */
  complete: boolean;
  sent: number;
  /** Proven by marks. */
  heard: number;
  /** `sent` at the last mark. */
  marked: number;
  announced: boolean;
  proven: boolean;
}

interface Mark {
  segment: Segment;
  position: number;
  last: boolean;
}

export class Playback {
  readonly #notify: (event: PlaybackEvent) => void;
  readonly #segments: Segment[] = [];
  readonly #marks = new Map<string, Mark>();
  #line: PlaybackLine | undefined;
  /** Marks of an earlier generation belong to audio that a clear threw away. */
  #generation = 0;
  #sequence = 0;
  /** When the carrier will have played all that it has. */
  #playEnd = 0;
  #markedAt = 0;
  #paused = false;

  constructor(notify: (event: PlaybackEvent) => void) {
    this.#notify = notify;
  }

  /** A stream is up, or a new one in place of it; what was not heard on the old one is sent again. */
  attach(line: PlaybackLine, now: number): void {
    this.#line = line;
    this.#rewind(now);
    this.tick(now);
  }

  detach(now: number): void {
    this.#rewind(now);
    this.#line = undefined;
  }

  /** Nothing is being played or waits to be. */
  get idle(): boolean {
    return this.#segments.length === 0;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** The utterance that the caller hears now, or would hear if we were not paused. */
  get current(): string | undefined {
    return this.#segments[0]?.utteranceId;
  }

  /** Whether the line still has something of ours to play. */
  audible(now: number): boolean {
    return (
      !this.#paused &&
      this.#line !== undefined &&
      this.#segments.some(({ sent, heard }) => sent > heard) &&
      now < this.#playEnd + markTrustMs
    );
  }

  /** Since the line played something of ours; 0 while it does. */
  quietForMs(now: number): number {
    return this.audible(now) ? 0 : Math.max(0, now - this.#playEnd);
  }

  has(utteranceId: string): boolean {
    return this.#segments.some((segment) => segment.utteranceId === utteranceId);
  }

  /** Behind what is there; its audio may still be coming. */
  append(utteranceId: string, audio: AudioQueue, now: number): void {
    const started = { sent: 0, heard: 0, marked: 0, announced: false, proven: false };
    this.#segments.push({ utteranceId, audio, complete: false, ...started });
    this.tick(now);
  }

  /** The last audio of the utterance is in its queue. One without any is over at once. */
  complete(utteranceId: string, now: number): void {
    const segment = this.#segments.find((one) => one.utteranceId === utteranceId);
    if (segment === undefined) return;
    segment.complete = true;
    this.tick(now);
  }

  /** Bytes of the last utterance that have not gone to the carrier yet, so that its maker can be slowed down. */
  unsent(utteranceId: string): number {
    const segment = this.#segments.find((one) => one.utteranceId === utteranceId);
    return segment === undefined ? 0 : segment.audio.length - segment.sent;
  }

  /** All that was ordered has gone to the carrier, which plays its end. */
  get drained(): boolean {
    return this.#segments.every(({ complete, sent, audio }) => complete && sent >= audio.length);
  }

  /** Supplies the carrier up to the lead. Called when audio comes, and by the shared ticker. */
  tick(now: number): void {
    const line = this.#line;
    if (line === undefined || this.#paused) return;
    for (const segment of this.#segments) if (!this.#supply(segment, line, now)) break;
    if (now - this.#playEnd > markLostMs) this.#finishUnproven();
  }

  /** A mark has come back. Stale ones are of audio that was thrown away. */
  marked(name: string, now: number): void {
    const mark = this.#marks.get(name);
    if (mark === undefined) return;
    this.#marks.delete(name);
    const { segment, position, last } = mark;
    segment.heard = Math.max(segment.heard, position);
    segment.audio.release(segment.heard);
    this.#markedAt = now;
    // The carrier's clock is the one that counts.
    this.#playEnd = now + this.#aheadBytes() / bytesPerMs;
    if (position > 0 && !segment.proven) {
      segment.proven = true;
      this.#notify({ type: "heard", utteranceId: segment.utteranceId });
    }
    if (last) this.#finish(segment, false);
  }

  /** What the caller has heard of the present utterance by now. */
  heard(now: number): Heard | undefined {
    const segment = this.#segments[0];
    if (segment === undefined) return undefined;
    return { utteranceId: segment.utteranceId, bytes: this.#heardOf(segment, now) };
  }

  /** Falls silent at once, and keeps everything. */
  pause(now: number): void {
    if (this.#paused) return;
    this.#rewind(now);
    this.#paused = true;
    this.#line?.clear();
  }

  /** Goes on from where the caller stopped hearing us. */
  resume(now: number): void {
    this.#paused = false;
    this.tick(now);
  }

  /** Falls silent and forgets everything; returns what was heard of the present utterance. */
  cut(now: number): Heard | undefined {
    const heard = this.heard(now);
    const wasPaused = this.#paused;
    const reached = this.#segments.some(({ sent }) => sent > 0);
    this.#rewind(now);
    this.#segments.length = 0;
    this.#paused = false;
    if (!wasPaused && reached) this.#line?.clear();
    return heard;
  }

  /** Takes one utterance out that is not to be heard (further), without a gap in what stands before it. */
  remove(utteranceId: string, now: number): void {
    const index = this.#segments.findIndex((one) => one.utteranceId === utteranceId);
    const segment = this.#segments[index];
    if (segment === undefined) return;
    const reached = segment.sent > 0 && !this.#paused;
    if (reached) {
      this.#rewind(now);
      this.#line?.clear();
    }
    this.#segments.splice(index, 1);
    if (this.#segments.length === 0) this.#paused = false;
    this.tick(now);
  }

  /** Sends what there is of a segment. True when all of it is with the carrier, so that the next one may follow. */
  #supply(segment: Segment, line: PlaybackLine, now: number): boolean {
    for (;;) {
      const lead = this.#playEnd - now;
      const left = segment.audio.length - segment.sent;
      if (left > 0 && lead >= leadMs) return false;
      if (left === 0 || (!segment.complete && left < smallestBytes && (lead > hungryMs || left < frameBytes))) break;
      this.#send(segment, line, now);
    }
    if (!segment.complete) return false;
    this.#close(segment, line);
    return true;
  }

  #send(segment: Segment, line: PlaybackLine, now: number): void {
    const toMark = segment.marked + markEveryBytes - segment.sent;
    const bytes = segment.audio.read(segment.sent, Math.min(toMark, line.maxAudioBytes));
    line.audio(bytes);
    segment.sent += bytes.length;
    // The line had nothing left to play: what is heard is counted from here until the first mark.
    if (this.#playEnd <= now) this.#markedAt = now;
    this.#playEnd = Math.max(now, this.#playEnd) + bytes.length / bytesPerMs;
    if (!segment.announced) {
      segment.announced = true;
      this.#notify({ type: "sent", utteranceId: segment.utteranceId });
    }
    const isEnd = segment.complete && segment.sent >= segment.audio.length;
    if (segment.sent >= segment.marked + markEveryBytes && !isEnd) this.#mark(segment, line, false);
  }

  #close(segment: Segment, line: PlaybackLine): void {
    const isClosed = [...this.#marks.values()].some((mark) => mark.segment === segment && mark.last);
    if (!isClosed) this.#mark(segment, line, true);
  }

  #mark(segment: Segment, line: PlaybackLine, last: boolean): void {
    const name = `g${this.#generation}.${this.#sequence++}`;
    segment.marked = segment.sent;
    this.#marks.set(name, { segment, position: segment.sent, last });
    line.mark(name);
  }

  /** A lost mark must not keep the next words waiting, nor the hang-up behind the last ones. */
  #finishUnproven(): void {
    for (const segment of this.#segments.slice()) {
      const { audio, complete, sent } = segment;
      if (!complete || sent === 0 || sent < audio.length) return;
      this.#finish(segment, true);
    }
  }

  #finish(segment: Segment, unproven: boolean): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    this.#segments.splice(index, 1);
    this.#notify({ type: "played", utteranceId: segment.utteranceId, unproven });
  }

  #aheadBytes(): number {
    return this.#segments.reduce((total, { sent, heard }) => total + sent - heard, 0);
  }

  #heardOf(segment: Segment, now: number): number {
    const isPlaying = segment === this.#segments[0] && !this.#paused && this.#line !== undefined;
    if (!isPlaying || segment.sent <= segment.heard) return segment.heard;
    const since = Math.min(now - this.#markedAt, markTrustMs);
    return Math.min(segment.sent, segment.heard + Math.max(0, Math.floor(since)) * bytesPerMs);
  }

  /** The carrier's buffer counts for nothing any more: what was not heard is to be sent again. */
  #rewind(now: number): void {
    for (const segment of this.#segments) {
      const heard = wholeFrames(this.#heardOf(segment, now));
      segment.heard = Math.min(segment.sent, heard);
      segment.sent = segment.heard;
      segment.marked = segment.heard;
    }
    this.#marks.clear();
    this.#generation++;
    this.#playEnd = now;
    this.#markedAt = now;
  }
}
