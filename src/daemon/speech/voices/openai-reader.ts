// OpenAI's realtime models as a reader: for each text a session that is free, or one more; they are kept for the next.
import type { Cancel, Deps } from "../../deps.ts";
import type { Synthesiser, Ulaw } from "../synthesiser.ts";
import { socketUrl } from "../transcribers/socket-url.ts";
import type { OpenaiVoice } from "./openai-speech.ts";
import { ReaderSession } from "./reader-session.ts";
import { strayedWords } from "./strayed-words.ts";

/** Models read shorter texts more faithfully. */
const longestText = 1000;
/** The service ends a session after an hour. */
const renewAfterMs = 50 * 60_000;
/** A session that no call needs is not kept for ever. */
const idleForMs = 120_000;

export function createOpenaiReader(options: OpenaiVoice, deps: Pick<Deps, "clock" | "log">): Synthesiser {
  return new OpenaiReader(options, deps);
}

interface Turn {
  session: ReaderSession;
  /** From a text before this one. */
  kept: boolean;
}

class OpenaiReader implements Synthesiser {
  readonly id: string;
  readonly maxTextLength = longestText;
  readonly #options: OpenaiVoice;
  readonly #deps: Pick<Deps, "clock" | "log">;
  /** Each with what stops its time of waiting. */
  readonly #sessions = new Map<ReaderSession, Cancel>();

  constructor(options: OpenaiVoice, deps: Pick<Deps, "clock" | "log">) {
    this.id = options.id;
    this.#options = options;
    this.#deps = deps;
  }

  warmUp(): void {
    if (this.#idle() === undefined) this.#keep(this.#open());
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Ulaw, void> {
    if (signal.aborted) return;
    const session = this.#idle();
    // A connection that was kept may have died unnoticed, which says nothing against a new one.
    if (session !== undefined && (yield* this.#read({ session, kept: true }, text, signal))) return;
    yield* this.#read({ session: this.#open(), kept: false }, text, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sessions = [...this.#sessions.keys()];
    await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
  }

  /** False when a kept session was over before the first audio. */
  async *#read({ session, kept }: Turn, text: string, signal: AbortSignal): AsyncGenerator<Ulaw, boolean> {
    this.#sessions.get(session)?.();
    const reading = session.read(text, () => this.#keep(session));
    const stop = (): void => session.stop(reading);
    signal.addEventListener("abort", stop);
    let begun = false;
    try {
      for await (const piece of reading.audio(signal)) {
        begun = true;
        yield piece;
      }
      return true;
    } catch (error) {
      if (begun || !kept || !session.over || signal.aborted) throw error;
      return false;
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }

  #idle(): ReaderSession | undefined {
    const oldest = this.#deps.clock.monotonic() - renewAfterMs;
    const free = [...this.#sessions.keys()].filter((session) => session.idle);
    for (const session of free) if (session.openedAt < oldest) session.close();
    return free.find((session) => session.idle);
  }

  #open(): ReaderSession {
    const { id, settings, apiKey, baseUrl, model, voice, speed, instructions } = this.#options;
    const session: ReaderSession = new ReaderSession({
      service: id,
      settings,
      apiKey,
      url: socketUrl(baseUrl, "/realtime", { model }),
      voice,
      speed,
      instructions,
      clock: this.#deps.clock,
      readAs: (text, transcript) => this.#compare(text, transcript),
      ended: () => this.#drop(session),
    });
    this.#sessions.set(session, () => undefined);
    return session;
  }

  #keep(session: ReaderSession): void {
    if (session.over) return;
    this.#sessions.set(
      session,
      this.#deps.clock.after(idleForMs, () => session.close()),
    );
  }

  #drop(session: ReaderSession): void {
    this.#sessions.get(session)?.();
    this.#sessions.delete(session);
  }

  #compare(text: string, transcript: string): void {
    const strayed = strayedWords(text, transcript);
    if (strayed > 0) this.#deps.log.info({ voice: this.id, strayed }, "a voice strayed from its text");
  }
}
