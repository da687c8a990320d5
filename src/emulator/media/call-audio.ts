// The live audio of one emulated call over all its media sockets: one time line, one ear, one mouth.
import type { Clock } from "../clock.ts";
import { BYTES_PER_MS, type EmulatedAudio, type Sound } from "./audio.ts";
import { MediaStream, type StreamEnd, type StreamPlan, type StreamPorts } from "./media-stream.ts";
import { SoundLog } from "./sound-log.ts";
import { stereoWav } from "./stereo-wav.ts";
import { Voice } from "./voice.ts";

export class CallAudio implements EmulatedAudio {
  readonly startedAt: number;
  readonly streams: MediaStream[] = [];
  readonly #clock: Clock;
  readonly #changed: StreamPorts["changed"];
  readonly #voice = new Voice();
  readonly #ear = new SoundLog();
  readonly #mouth = new SoundLog();
  #current: MediaStream | null = null;

  constructor(clock: Clock, changed: StreamPorts["changed"]) {
    this.#clock = clock;
    this.#changed = changed;
    this.startedAt = clock.monotonic();
  }

  get streaming(): boolean {
    return this.#current?.state === "started";
  }

  get speaking(): boolean {
    return this.#voice.speaking;
  }

  get bufferedMs(): number {
    return this.#current?.bufferedMs ?? 0;
  }

  hear(): readonly Sound[] {
    return this.#ear.sounds(this.#sample());
  }

  said(): readonly Sound[] {
    return this.#mouth.sounds(this.#sample());
  }

  async speak(ulaw: Uint8Array): Promise<boolean> {
    return this.streaming && (await this.#voice.say(ulaw));
  }

  recording(): Buffer {
    return stereoWav(this.said(), this.hear());
  }

  /** The callee presses keys; false when no stream was up. */
  press(digits: string): boolean {
    return this.#current?.press(digits) ?? false;
  }

  /** Dials the program's media socket and settles when that is over. */
  async stream(plan: StreamPlan, signal: AbortSignal): Promise<StreamEnd> {
    const stream = this.#open(plan, { voice: this.#voice, ear: this.#ear, mouth: this.#mouth }, false);
    this.#current = stream;
    const intruding = new AbortController();
    void this.#intrude(plan, AbortSignal.any([signal, intruding.signal]));
    const end = await stream.run(signal);
    intruding.abort();
    if (this.#current === stream) {
      this.#current = null;
    }
    return end;
  }

  /** Somebody else dials the same URL. */
  async #intrude(plan: StreamPlan, signal: AbortSignal): Promise<void> {
    const fault = plan.faults.find("second-socket");
    if (fault === undefined || !(await this.#clock.passReal(fault.afterMs, signal))) {
      return;
    }
    const stranger = { voice: new Voice(), ear: new SoundLog(), mouth: new SoundLog() };
    await this.#open(plan, stranger, true).run(signal);
  }

  #open(plan: StreamPlan, side: Pick<StreamPorts, "voice" | "ear" | "mouth">, foreign: boolean): MediaStream {
    const ports = { clock: this.#clock, sample: () => this.#sample(), changed: this.#changed, ...side };
    const stream = new MediaStream(plan, ports, foreign);
    this.streams.push(stream);
    return stream;
  }

  #sample(): number {
    return Math.round((this.#clock.monotonic() - this.startedAt) * BYTES_PER_MS);
  }
}
