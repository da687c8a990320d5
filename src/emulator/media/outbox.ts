// What a carrier sends over one media socket, with the faults of the way there.
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import type { StreamFaults } from "./faults.ts";

const OVERSIZED_BYTES = 1024 * 1024;

interface Held {
  readonly frame: string;
  /** The chunk behind which it goes out. */
  readonly after: number;
}

export class Outbox {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #faults: StreamFaults;
  readonly #openedAt: number;
  #stalled: (string | Buffer)[] = [];
  #held: Held[] = [];

  constructor(socket: WebSocket, clock: Clock, faults: StreamFaults) {
    this.#socket = socket;
    this.#clock = clock;
    this.#faults = faults;
    this.#openedAt = clock.monotonic();
  }

  send(message: string | Buffer): void {
    if (this.#isStalled()) {
      this.#stalled.push(message);
      return;
    }
    const waiting = this.#stalled;
    this.#stalled = [];
    for (const each of [...waiting, message]) {
      this.#socket.send(each);
    }
  }

  /** Sends one frame of audio: now, later or never. */
  media(frame: string, chunk: number): void {
    const reorder = this.#faults.find("reorder");
    const lost = isNth(chunk, this.#faults.find("lose")?.every);
    if (reorder !== undefined && isNth(chunk, reorder.every)) {
      this.#held.push({ frame, after: chunk + reorder.by });
    } else if (!lost) {
      this.send(frame);
    }
    const due = this.#held.filter(({ after }) => after <= chunk);
    this.#held = this.#held.filter(({ after }) => after > chunk);
    for (const held of due) {
      this.send(held.frame);
    }
    const garbage = this.#faults.find("garbage");
    if (garbage !== undefined && isNth(chunk, garbage.every)) {
      this.send(garbageOf(garbage.kind, frame));
    }
  }

  #isStalled(): boolean {
    const stall = this.#faults.find("stall");
    const openMs = this.#clock.monotonic() - this.#openedAt;
    return stall !== undefined && openMs >= stall.afterMs && openMs < stall.afterMs + stall.forMs;
  }
}

function isNth(chunk: number, every: number | undefined): boolean {
  return every !== undefined && chunk % every === 0;
}

function garbageOf(kind: "text" | "binary" | "other-stream" | "oversized", frame: string): string | Buffer {
  switch (kind) {
    case "text":
      return frame.slice(0, frame.length / 2);
    case "binary":
      return Buffer.from(frame);
    case "other-stream":
      return frame.replace(/("stream_?(?:sid|id)":")[^"]+/i, "$1another-stream");
    case "oversized":
      return frame.replace(/("payload":")[^"]+/, `$1${"A".repeat(OVERSIZED_BYTES)}`);
  }
}
