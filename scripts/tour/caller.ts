// A caller who listens: asks, waits for us to have spoken, asks again when that was no answer; and how long they heard nothing.
import type { EmulatedAudio } from "../../src/emulator/index.ts";
import { eventually } from "../../test/support/daemon.ts";
import { stretches, loudnessOf } from "./measure.ts";
import type { StreamedCall, StreamingLine } from "./streaming-line.ts";

/** The emulated carriers' own voice takes so long for a character. */
const carrierMsPerCharacter = 60;
const patienceMs = 20_000;
const lookEveryMs = 50;

/** On the time line of the call's audio, in milliseconds. */
interface Interval {
  fromMs: number;
  toMs: number;
}

export class Caller {
  readonly #call: StreamedCall;
  readonly #line: StreamingLine;
  readonly #said: Interval[] = [];
  /** What the carrier's own voice said. */
  readonly #carriers: Interval[] = [];
  readonly #watch: NodeJS.Timeout;
  #noted = 0;

  constructor(call: StreamedCall, line: StreamingLine) {
    this.#call = call;
    this.#line = line;
    this.#watch = setInterval(() => this.#note(), lookEveryMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
  }

  get now(): number {
    return performance.now() - this.#call.audio.startedAt;
  }

  /** Says it to whoever listens: our stream, or the carrier's own recogniser. */
  async says(text: string, sound: Uint8Array): Promise<void> {
    await eventually(async () => {
      const fromMs = this.now;
      const { audio } = this.#call;
      const isSaid = audio.streaming
        ? await audio.speak(sound)
        : this.#call.listening && this.#line.say(this.#call, text);
      if (isSaid) this.#said.push({ fromMs, toMs: this.now });
      return isSaid;
    }, patienceMs);
  }

  /** Until they have heard us since they last spoke, and we have nothing more to say. */
  async hearsUs(isDone: () => Promise<boolean>): Promise<void> {
    const since = this.#said.at(-1)?.toMs ?? 0;
    await eventually(() => this.#heard().some(({ toMs }) => toMs > since), patienceMs);
    await eventually(async () => (await isDone()) && this.now - (this.#heard().at(-1)?.toMs ?? 0) > 600, patienceMs);
  }

  /** The longest time in which we should have been heard, and were not. */
  get longestSilenceMs(): number {
    const heard = this.#heard();
    const turns = [0, ...this.#said.map(({ toMs }) => toMs)];
    const silences = turns.map((fromMs, index) => {
      const until = this.#said[index]?.fromMs ?? Number.POSITIVE_INFINITY;
      return longestGap(
        fromMs,
        heard.filter(({ fromMs: from, toMs }) => toMs > fromMs && from < until),
      );
    });
    return Math.round(Math.max(...silences));
  }

  #heard(): Interval[] {
    const all = [...soundsOf(this.#call.audio), ...this.#carriers];
    return all.toSorted((one, other) => one.fromMs - other.fromMs);
  }

  #note(): void {
    for (const { kind, heard } of this.#call.heard.slice(this.#noted)) {
      const toMs = this.now;
      if (kind === "say" || kind === "speak")
        this.#carriers.push({ fromMs: toMs - heard.length * carrierMsPerCharacter, toMs });
    }
    this.#noted = this.#call.heard.length;
  }
}

/** From the moment on at which something is due until the last of it. */
function longestGap(fromMs: number, heard: readonly Interval[]): number {
  let [longest, end] = [0, fromMs];
  for (const { fromMs: from, toMs } of heard) {
    longest = Math.max(longest, from - end);
    end = Math.max(end, toMs);
  }
  return heard.length === 0 ? Number.POSITIVE_INFINITY : longest;
}

/** What really sounds of what came over media sockets. */
function soundsOf(audio: EmulatedAudio): Interval[] {
  return audio
    .hear()
    .flatMap(({ atMs, ulaw }) =>
      stretches(loudnessOf(ulaw)).map(({ fromMs, toMs }) => ({ fromMs: atMs + fromMs, toMs: atMs + toMs })),
    );
}
