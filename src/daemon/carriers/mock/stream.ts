// A media stream of the mock's line: a socket inside this process, with a callee at its far end who hears and speaks.
import type { Cancel, Clock } from "../../deps.ts";
import type { MediaSocket, MediaSocketListener } from "../media.ts";
import { type HeardSound, MockEar } from "./ear.ts";
import { type MockFrames, mockFrames, readMockOrder } from "./stream-codec.ts";

const frameMs = 20;
const frameBytes = 160;
const silence = 0xff;

interface Utterance {
  ulaw: Uint8Array;
  taken: number;
  settle(said: boolean): void;
}

/** Begins once somebody listens at the near end; real time, whatever the pace of the mock. */
export class MockStream implements MediaSocket {
  readonly bufferedAmount = 0;
  readonly #clock: Clock;
  readonly #frames: MockFrames;
  readonly #ear = new MockEar();
  #listener: MediaSocketListener | undefined;
  #utterances: Utterance[] = [];
  #startedAt = 0;
  #sent = 0;
  #beat: Cancel | undefined;
  #open = true;

  /** `name`: unlike that of any other stream of the leg. */
  constructor(clock: Clock, { name, carrierCallId }: { name: string; carrierCallId: string }) {
    this.#clock = clock;
    this.#frames = mockFrames(name, carrierCallId);
  }

  get isUp(): boolean {
    return this.#open && this.#listener !== undefined;
  }

  listen(listener: MediaSocketListener): void {
    this.#listener = listener;
    this.#startedAt = this.#clock.monotonic();
    // Never within the call of whoever listens, as with a socket.
    this.#beat = this.#clock.after(0, () => {
      listener.message(this.#frames.start());
      this.#wait();
    });
  }

  send(frame: string): void {
    const order = this.#open ? readMockOrder(frame) : undefined;
    if (order === undefined) return;
    const now = this.#now();
    if (order.type === "audio") this.#ear.play(order.ulaw, now);
    else if (order.type === "mark") this.#ear.mark(order.name, now);
    else for (const name of [...this.#ear.reached(now), ...this.#ear.clear(now)]) this.#later(this.#frames.mark(name));
  }

  close(code: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#beat?.();
    this.#ear.clear(this.#now());
    for (const { settle } of this.#utterances.splice(0)) settle(false);
    this.#clock.after(0, () => this.#listener?.closed(code));
  }

  /** The line ends it. */
  stop(): void {
    if (!this.#open) return;
    this.#later(this.#frames.stop());
    this.close(1000);
  }

  /** The callee speaks, after what it is still saying. True once it was said. */
  say(ulaw: Uint8Array): Promise<boolean> {
    if (!this.isUp) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#utterances.push({ ulaw, taken: 0, settle: resolve });
    return promise;
  }

  heard(): HeardSound[] {
    return this.#ear.heard(this.#now());
  }

  #now(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** On an absolute schedule, so that one late frame delays no other. */
  #wait(): void {
    if (!this.#open) return;
    this.#beat = this.#clock.after((this.#sent + 1) * frameMs - this.#now(), () => {
      this.#tick();
      this.#wait();
    });
  }

  #tick(): void {
    const timestampMs = this.#sent * frameMs;
    this.#sent++;
    this.#listener?.message(this.#frames.media({ ulaw: this.#take(), chunk: this.#sent, timestampMs }));
    for (const name of this.#ear.reached(this.#now())) this.#listener?.message(this.#frames.mark(name));
  }

  #take(): Uint8Array {
    const frame = new Uint8Array(frameBytes).fill(silence);
    let filled = 0;
    for (let next = this.#utterances[0]; next !== undefined && filled < frameBytes; next = this.#utterances[0]) {
      const part = next.ulaw.subarray(next.taken, next.taken + frameBytes - filled);
      frame.set(part, filled);
      filled += part.length;
      next.taken += part.length;
      if (next.taken < next.ulaw.length) break;
      this.#utterances.shift();
      next.settle(true);
    }
    return frame;
  }

  #later(frame: string): void {
    this.#clock.after(0, () => this.#listener?.message(frame));
  }
}
