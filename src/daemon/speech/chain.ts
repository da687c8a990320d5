// The voice of the calls: a chain of synthesisers, of which the first that can speaks, and the next goes on where one fails.
import { CallError } from "../../call/error.ts";
import { spokenParts } from "../carriers/spoken-parts.ts";
import type { Deps } from "../deps.ts";
import { Phrases } from "./phrases.ts";
import { Playhead } from "./playhead.ts";
import type { Synthesiser, Ulaw } from "./synthesiser.ts";
import { Trust, type VoiceProblem } from "./trust.ts";
import { learntPace, unheard, usualMsPerCharacter } from "./unheard.ts";
import { late, unwanted, within } from "./within.ts";

/** A voice gave way to the next. */
export interface Degradation {
  voice: string;
  /** Who goes on; undefined when none is left. */
  next: string | undefined;
  /** Some of the sentence had been said. */
  inTheMiddle: boolean;
  error: CallError;
}

export interface Voice extends AsyncDisposable {
  /** The synthesisers, in the order in which they are asked. */
  readonly voices: readonly string[];
  /**
   * Speaks a text of any length, by one voice at a time, at the reader's pace; ends quietly when the signal aborts.
   * @throws CallError `SPEECH_FAILED` when no voice can say it, or the rest of it, soon enough
   */
  speak(text: string, signal: AbortSignal, told?: (degradation: Degradation) => void): AsyncIterable<Ulaw>;
  /** Makes these ready in the background, so that they play at once. Cheap for those that are. */
  prepare(phrases: readonly string[]): void;
  warmUp(): void;
  /** The voices that failed when they were last asked. */
  problems(): VoiceProblem[];
}

export interface Patience {
  /** For a voice's first audio, while another one is left. */
  firstAudioMs: number;
  /** How long a caller may hear nothing; what is left of it goes to the voices that are. */
  silenceMs: number;
}

/** The silence that ended the caller's turn came before it. */
const callersPatience: Patience = { firstAudioMs: 1500, silenceMs: 2200 };
/** Nobody waits for what is made ahead. */
const preparingPatience: Patience = { firstAudioMs: 10_000, silenceMs: 10_000 };
/** Kept for the last voice, which may be a slow one at its first words. */
const lastVoiceMs = 600;
/** Without a sound for so long, a voice is doubted: the others get ready. */
const doubtAfterMs = 500;
/** Gaps that a sentence may have in all before another voice ends it. */
const gapsMs = 1200;
/** With less there is no sense in asking. */
const shortestTrialMs = 400;
/** Shorter parts are heard earlier, and less is said twice when a voice fails. */
const longestPart = 300;

interface Member {
  voice: Synthesiser;
  trust: Trust;
  msPerCharacter: number;
}

/** One saying of one text. */
interface Saying {
  signal: AbortSignal;
  patience: Patience;
  playhead: Playhead;
  told: (degradation: Degradation) => void;
}

interface Attempt {
  member: Member;
  text: string;
  /** Who goes on when it fails, in order. */
  others: readonly Member[];
}

interface Listening {
  id: string;
  audio: AsyncIterable<Ulaw>;
  firstAudioMs: number;
  heard: { ms: number };
  /** Its first audio is there. */
  begun(): void;
}

interface Failure {
  error: CallError;
  hurried: boolean;
  inTheMiddle: boolean;
}

export function createVoice(voices: readonly Synthesiser[], deps: Pick<Deps, "clock" | "log">): Voice {
  return new Chain(voices, deps);
}

class Chain implements Voice {
  readonly #members: readonly Member[];
  readonly #deps: Pick<Deps, "clock" | "log">;
  readonly #phrases = new Phrases();
  readonly #closing = new AbortController();
  readonly #wanted = new Set<string>();
  #preparing: Promise<void> | undefined;

  constructor(voices: readonly Synthesiser[], deps: Pick<Deps, "clock" | "log">) {
    this.#deps = deps;
    this.#members = voices.map((voice) => ({
      voice,
      trust: new Trust(voice.id),
      msPerCharacter: usualMsPerCharacter,
    }));
  }

  get voices(): readonly string[] {
    return this.#members.map(({ voice }) => voice.id);
  }

  speak(
    text: string,
    signal: AbortSignal,
    told: (degradation: Degradation) => void = () => undefined,
  ): AsyncIterable<Ulaw> {
    return this.#spoken(text, this.#saying(AbortSignal.any([signal, this.#closing.signal]), callersPatience, told));
  }

  prepare(phrases: readonly string[]): void {
    for (const phrase of phrases) this.#wanted.add(phrase);
    if (this.#wanted.size > 0) this.#preparing ??= this.#prepareAll();
  }

  warmUp(): void {
    this.#order()[0]?.voice.warmUp?.();
  }

  problems(): VoiceProblem[] {
    return this.#members.flatMap(({ trust }) => trust.problem ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#preparing;
    await Promise.allSettled(this.#members.map(({ voice }) => voice[Symbol.asyncDispose]()));
  }

  async *#spoken(text: string, saying: Saying): AsyncGenerator<Ulaw, void> {
    const kept = this.#kept(text);
    if (kept !== undefined) {
      if (!saying.signal.aborted) yield kept;
      return;
    }
    const longest = Math.min(longestPart, ...this.#members.map(({ voice }) => voice.maxTextLength));
    for (const part of spokenParts(text, longest)) {
      if (saying.signal.aborted) return;
      // A dash or three dots are a pause to one voice and a failure to another.
      if (!hasWords(part)) continue;
      yield* this.#part(part, saying);
    }
  }

  /** A voice that is ready speaks itself rather than have another one's phrase played. */
  #kept(text: string): Ulaw | undefined {
    for (const { voice, trust } of this.#members) {
      const kept = this.#phrases.find(voice.id, text);
      if (kept !== undefined || trust.ready(this.#deps.clock.now())) return kept;
    }
    return undefined;
  }

  async *#part(text: string, saying: Saying): AsyncGenerator<Ulaw, void> {
    saying.playhead.asked();
    const order = this.#order();
    let rest: string | undefined = text;
    for (const [index, member] of order.entries()) {
      rest = yield* this.#attempt({ member, text: rest, others: order.slice(index + 1) }, saying);
      if (rest === undefined) return;
    }
    throw this.#speechless();
  }

  /** Those that are ready, and after them those that rest: a voice that failed is better than none. */
  #order(): Member[] {
    const now = this.#deps.clock.now();
    const ready = this.#members.filter(({ trust }) => trust.ready(now));
    return [...ready, ...this.#members.filter((member) => !ready.includes(member))];
  }

  /** What is left to say; undefined when nothing is, or nobody wants it. */
  async *#attempt(attempt: Attempt, saying: Saying): AsyncGenerator<Ulaw, string | undefined> {
    const { member, text, others } = attempt;
    const { signal } = saying;
    const firstAudioMs = firstAudioMsOf(attempt, saying);
    if (firstAudioMs === undefined) return text;
    const stop = new AbortController();
    const heard = { ms: 0 };
    member.trust.begins();
    const begun = this.#deps.clock.after(doubtAfterMs, () => others.forEach(({ voice }) => voice.warmUp?.()));
    try {
      const audio = member.voice.speak(text, AbortSignal.any([signal, stop.signal]));
      yield* this.#heard({ audio, firstAudioMs, heard, begun, id: member.voice.id }, saying);
      if (!signal.aborted) this.#spoke(attempt, heard.ms);
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      const hurried = error instanceof TooLate && firstAudioMs < saying.patience.firstAudioMs && heard.ms === 0;
      this.#failed(attempt, { error: asCallError(error, member), hurried, inTheMiddle: heard.ms > 0 }, saying);
      return heard.ms === 0 ? text : unheard(text, heard.ms, member.msPerCharacter);
    } finally {
      begun();
      member.trust.stopped();
      stop.abort();
    }
  }

  /** The audio of one voice, as long as it comes in time. */
  async *#heard({ audio, firstAudioMs, heard, begun, id }: Listening, saying: Saying): AsyncGenerator<Ulaw, void> {
    const { signal, playhead } = saying;
    const { clock } = this.#deps;
    const pieces = audio[Symbol.asyncIterator]();
    const deadline = clock.monotonic() + firstAudioMs;
    try {
      for (;;) {
        const waitMs =
          heard.ms === 0 ? deadline - clock.monotonic() : playhead.untilSilentFor(gapsMs - playhead.silentMs);
        const piece = await within(pieces.next(), waitMs, { clock, signal });
        if (piece === unwanted) return;
        if (piece === late)
          throw new TooLate(`${id} ${heard.ms === 0 ? "kept the caller waiting" : "spoke with gaps"}`);
        if (piece.done === true) break;
        if (piece.value.length === 0) continue;
        if (heard.ms === 0) {
          begun();
          playhead.begins();
        }
        playhead.handedOn(piece.value);
        heard.ms += piece.value.length / 8;
        yield piece.value;
        playhead.asked();
      }
    } finally {
      // Nobody waits for a voice that does not stop when it is told to.
      pieces.return?.().catch(() => undefined);
    }
    if (heard.ms === 0) throw new CallError("SPEECH_FAILED", `${id} said nothing`);
  }

  #spoke({ member, text }: Attempt, spokenMs: number): void {
    member.msPerCharacter = learntPace(member.msPerCharacter, text, spokenMs);
    if (member.trust.spoke()) this.#deps.log.info({ voice: member.voice.id }, "a voice speaks again");
  }

  #failed({ member, others: [next] }: Attempt, { error, hurried, inTheMiddle }: Failure, { told }: Saying): void {
    const degradation = { voice: member.voice.id, next: next?.voice.id, inTheMiddle, error };
    told(degradation);
    // Who was given less time than is fair is not blamed.
    if (hurried || !member.trust.failed(error, this.#deps.clock.now())) return;
    const { message, hint } = error;
    this.#deps.log.warn(
      { voice: member.voice.id, next: next?.voice.id, inTheMiddle, error: message, hint },
      "a voice failed",
    );
  }

  #speechless(): CallError {
    const reasons = this.problems().map(({ message }) => message);
    const hint = this.problems().find((problem) => problem.hint !== undefined)?.hint;
    return new CallError("SPEECH_FAILED", `no voice could speak: ${reasons.join("; ") || "none is configured"}`, {
      hint,
    });
  }

  async #prepareAll(): Promise<void> {
    for (const phrase of this.#wanted) {
      this.#wanted.delete(phrase);
      await this.#prepareOne(phrase);
    }
    this.#preparing = undefined;
  }

  async #prepareOne(phrase: string): Promise<void> {
    for (const member of this.#members) {
      if (this.#closing.signal.aborted || this.#phrases.find(member.voice.id, phrase) !== undefined) return;
      if (!member.trust.ready(this.#deps.clock.now())) continue;
      const audio = await this.#whole(phrase, member);
      if (audio === undefined) continue;
      this.#phrases.keep(member.voice.id, phrase, audio);
      return;
    }
  }

  /** All of it by one voice; undefined when that voice failed. */
  async #whole(phrase: string, member: Member): Promise<Ulaw | undefined> {
    const pieces: Ulaw[] = [];
    for (const text of spokenParts(phrase, Math.min(longestPart, member.voice.maxTextLength))) {
      const audio = this.#attempt({ member, text, others: [] }, this.#saying(this.#closing.signal, preparingPatience));
      let step = await audio.next();
      for (; step.done !== true; step = await audio.next()) pieces.push(step.value);
      if (step.value !== undefined || this.#closing.signal.aborted) return undefined;
    }
    return Buffer.concat(pieces);
  }

  #saying(signal: AbortSignal, patience: Patience, told: Saying["told"] = () => undefined): Saying {
    return { signal, patience, playhead: new Playhead(this.#deps.clock), told };
  }
}

/** Undefined when there is too little time left to try it, and another voice could use that. */
function firstAudioMsOf({ others }: Attempt, { patience, playhead }: Saying): number | undefined {
  const leftMs = playhead.untilSilentFor(patience.silenceMs);
  if (others.length === 0) return leftMs;
  const ownMs = Math.min(patience.firstAudioMs, leftMs - lastVoiceMs);
  return ownMs < shortestTrialMs ? undefined : ownMs;
}

class TooLate extends CallError {
  constructor(message: string) {
    super("SPEECH_FAILED", message);
  }
}

/** A foreign error may hold anything, the text included. */
function asCallError(error: unknown, { voice }: Member): CallError {
  return error instanceof CallError ? error : new CallError("SPEECH_FAILED", `${voice.id} failed`);
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
