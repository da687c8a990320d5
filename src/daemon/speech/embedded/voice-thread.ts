// The thread of the embedded voice: started by the first order, ended when it hangs or is no longer wanted.
import type { Worker } from "node:worker_threads";
import { CallError } from "../../../call/error.ts";
import type { Clock } from "../../deps.ts";
import type { SpokenPiece, VoiceOrder } from "./voice-worker.ts";

/** A piece takes 100 ms; a thread that needs longer than this for one hangs, or the machine does. */
const pieceMs = 5000;

type Spoken = PromiseWithResolvers<Int16Array<ArrayBuffer>>;

export interface VoiceThreadOptions {
  clock: Clock;
  /** Script of the thread. */
  workerFile: string | URL;
  /** The program that speaks. */
  fliteFile: string;
}

export class VoiceThread {
  readonly #clock: Clock;
  readonly #workerFile: string | URL;
  readonly #fliteFile: string;
  readonly #waiting = new Map<number, Spoken>();
  #worker: Worker | undefined;
  #orders = 0;

  constructor({ clock, workerFile, fliteFile }: VoiceThreadOptions) {
    this.#clock = clock;
    this.#workerFile = workerFile;
    this.#fliteFile = fliteFile;
  }

  /** How many orders have no answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws CallError when the thread could not start, died, or takes too long */
  async speak(piece: string): Promise<Int16Array<ArrayBuffer>> {
    this.#worker ??= this.#start();
    const id = ++this.#orders;
    const spoken: Spoken = Promise.withResolvers();
    this.#waiting.set(id, spoken);
    const cancel = this.#clock.after(pieceMs, () => void this.#stop(hangs()));
    try {
      this.#worker.postMessage({ id, piece } satisfies VoiceOrder);
      return await spoken.promise;
    } finally {
      cancel();
      this.#waiting.delete(id);
    }
  }

  /** Settles when the thread is gone; what it had not spoken fails. */
  end(): Promise<void> {
    return this.#stop(stopped());
  }

  #start(): Worker {
    // Loaded when somebody is to be spoken to, not while somebody waits for the daemon to start.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const worker = new Worker(this.#workerFile, { workerData: this.#fliteFile, name: "voice" });
    worker.unref();
    worker.on("message", (spoken: SpokenPiece) => this.#settle(spoken));
    worker.on("error", (error) => this.#lose(worker, stopped(error)));
    worker.on("exit", () => this.#lose(worker, stopped()));
    return worker;
  }

  #settle({ id, samples, error }: SpokenPiece): void {
    const waiting = this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(samples);
    else waiting?.reject(new CallError("INTERNAL", "the embedded voice failed at a sentence", { cause: error }));
  }

  async #stop(reason: CallError): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#lose(worker, reason);
    await worker.terminate();
  }

  /** A thread that was replaced has nothing to say about the orders of its successor. */
  #lose(worker: Worker, reason: CallError): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

function hangs(): CallError {
  return new CallError("TIMED_OUT", `the embedded voice did not speak within ${pieceMs / 1000} s`);
}

function stopped(cause?: unknown): CallError {
  return new CallError("INTERNAL", "the embedded voice stopped", { cause });
}
