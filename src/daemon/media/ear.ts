// Whose turn it is on a media stream: from frames and words to interruptions and ended turns. No I/O and no clock of its own.
// Times are monotonic milliseconds.
import type { HeardEvent, TranscriberCapabilities } from "../speech/transcriber.ts";
import { type Overdue, OverdueWords } from "./overdue-words.ts";
import { isBackchannel, isEcho, wordsOf } from "./spoken-words.ts";
import { type EndRule, silenceFor } from "./turn-end.ts";

export interface EarRules extends EndRule {
  /** Voice that lasts so long while we speak makes us pause. */
  onsetMs: number;
  /** Words it takes to interrupt us. */
  minWords: number;
  /** A pause of ours without any words of theirs ends after so long. */
  resumeMs: number;
  recogniser: Pick<TranscriberCapabilities, "endOfTurn" | "finalWithinMs">;
}

/** What we are doing while the caller is heard. */
export interface OurVoice {
  /** The caller hears us now. */
  audible: boolean;
  /** What we say must not be interrupted: the beginning of a greeting, a farewell. */
  protected: boolean;
  /** Our last words, also shortly after their end. */
  words: string;
}

export type EarAction =
  /** Fall silent, and keep what was not heard. */
  | { type: "pause"; onsetAt: number }
  | { type: "resume" }
  /** They mean it: our words are over. */
  /** `silentAt`: when we had fallen silent for it. */
  | { type: "interrupt"; onsetAt: number; silentAt: number }
  /** Have what was said made into words. */
  | { type: "commit" }
  | { type: "turn"; text: string; confidence?: number; speechEndedAt: number; endDecidedAt: number }
  /** The caller spoke, and no words have come yet; `lost`: they will not. */
  | { type: "unheard"; lost: boolean }
  /** Nothing is understood although somebody speaks. */
  | { type: "deaf" };

/** One frame of the caller's audio, as far as it was looked at. `voice`: a probability from 0 to 1. */
export interface Frame {
  at: number;
  voice: number;
}

const voiced = 0.5;
/** A probability of the detector is of so much audio. */
const stepMs = 32;
/** A breath between two words does not end a run of voice. */
const breathMs = 160;
/** Recognisers without a detector of their own are told to write so early; if speech goes on, the pieces are joined. */
const commitAfterMs = 200;
const finalGraceMs = 1000;
/** Longer than the silence that ends a turn by so much, and the caller wonders whether we are there. */
const bearableMs = 1200;
/** Speech is looked for in sound until so long after it. */
const soundMs = 300;
/** How long pieces wait for the service to say that the turn is over. */
const patienceMs = 2500;
/** Silent for a voice whose words are still to come we are for no longer. */
const longestPauseMs = 8000;

interface Speech {
  startedAt: number;
  lastAt: number;
  /** Of it, in the time of the audio. */
  voicedMs: number;
}

export class Ear {
  readonly #rules: EarRules;
  #speech: Speech | undefined;
  /** When the caller was last heard speaking, by whichever ear said so last. */
  #lastSpeechAt: number | undefined;
  #finals: string[] = [];
  #confidence: number | undefined;
  #partial = "";
  #committed = false;
  #awaiting = 0;
  #endDecidedAt: number | undefined;
  #pausedAt: number | undefined;
  #onsetAt: number | undefined;
  readonly #overdue: OverdueWords;
  /** The recogniser has heard the beginning of speech. */
  #begun = false;
  /** When the recogniser heard the end of speech whose words have not come yet. */
  #stoppedAt: number | undefined;
  /** The recogniser's connection broke since its last word. */
  #interrupted = false;
  #loudAt: number | undefined;
  #soundAt: number | undefined;
  #heardAt = 0;

  constructor(rules: EarRules) {
    this.#rules = rules;
    this.#overdue = new OverdueWords(rules.plainMs + bearableMs);
  }

  /** Whether frames must be looked at: while we can be interrupted, when nobody else finds the end of a turn, or hears a sound. */
  needsVoice(at: number, ours: OurVoice): boolean {
    return (
      (ours.audible && !ours.protected) ||
      this.#pausedAt !== undefined ||
      this.#rules.recogniser.endOfTurn === "none" ||
      this.#speech !== undefined ||
      (!this.#begun && this.#partial === "" && this.#soundAt !== undefined && at - this.#soundAt <= soundMs)
    );
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Whether the caller seems to be in the middle of saying something. */
  get isHearing(): boolean {
    return this.#begun || this.#speech !== undefined || this.#partial !== "" || this.#finals.length > 0;
  }

  /** A frame that was loud: with a recogniser that finds the ends of turns, the last one tells when the caller ended. */
  loud(at: number): void {
    this.#soundAt = at;
    if (this.isHearing) this.#loudAt = at;
    if (this.isHearing) this.#overdue.goesOn(at);
  }

  frame({ at, voice }: Frame, ours: OurVoice): EarAction[] {
    if (voice < voiced) return this.tick(at);
    const isNew = this.#speech === undefined || at - this.#speech.lastAt > breathMs;
    const { startedAt, voicedMs } = (isNew ? undefined : this.#speech) ?? { startedAt: at, voicedMs: 0 };
    this.#speech = { startedAt, lastAt: at, voicedMs: voicedMs + stepMs };
    this.#lastSpeechAt = at;
    this.#endDecidedAt = undefined;
    this.#committed = false;
    const lasts = at - startedAt;
    this.#overdue.spoke(at, { ms: this.#speech.voicedMs, alone: !ours.audible && this.#pausedAt === undefined });
    if (!ours.audible || ours.protected || this.#pausedAt !== undefined || lasts < this.#rules.onsetMs) return [];
    this.#pausedAt = at;
    this.#onsetAt = startedAt;
    return [{ type: "pause", onsetAt: startedAt }];
  }

  /** Words, and what the recogniser knows of speech. */
  heard(event: HeardEvent, at: number, ours: OurVoice): EarAction[] {
    this.#heardAt = at;
    switch (event.type) {
      case "speechStarted":
        this.#begun = true;
        this.#overdue.noticed(at);
        this.#onsetAt ??= at;
        this.#lastSpeechAt = at;
        return [];
      case "speechStopped":
        this.#begun = false;
        this.#stoppedAt = at;
        this.#lastSpeechAt ??= at;
        return [];
      case "partial":
        this.#overdue.noticed(at);
        if (!this.#interrupted) this.#overdue.goesOn(at);
        this.#partial = event.text;
        return this.#words(this.#partial, at, ours);
      case "eagerEnd":
      case "resumed":
        return [];
      case "final":
        return this.#final(event, at, ours);
      case "missed":
        this.#awaiting = Math.max(0, this.#awaiting - 1);
        this.#stoppedAt = undefined;
        return this.#unheard(this.#overdue.missed());
      case "interrupted":
        this.#interrupted = true;
        // What it had begun to hear it hears once more, or never.
        this.#begun = false;
        return [];
      case "ready":
      case "lost":
        return [];
    }
  }

  /** Time passes: silences end turns, and pauses of ours end too. */
  tick(at: number): EarAction[] {
    const actions: EarAction[] = [];
    const { speech, silence } = this.#silenceAt(at);
    if (speech !== undefined && silence > breathMs) this.#speech = undefined;
    if (this.#rules.recogniser.endOfTurn === "none") actions.push(...this.#endBySilence(at, silence));
    else actions.push(...this.#endByPatience(at));
    actions.push(...this.#goOn(at));
    return this.#pausedAt === undefined ? [...actions, ...this.#unanswered(at)] : actions;
  }

  /** Who waits for us in vain hears something; what was understood by then is a turn. */
  #unanswered(at: number): EarAction[] {
    const text = this.#text;
    const isThinking = text !== "" && !this.#interrupted && silenceFor(text, this.#rules) > this.#rules.plainMs;
    const overdue = isThinking ? undefined : this.#overdue.tick(at);
    return overdue === undefined || overdue === "late" || text === "" ? this.#unheard(overdue) : [this.#turn(at)];
  }

  #unheard(overdue: Overdue | undefined): EarAction[] {
    if (overdue === undefined) return [];
    if (overdue !== "late") this.#begun = false;
    return overdue === "deaf" ? [{ type: "deaf" }] : [{ type: "unheard", lost: overdue === "lost" }];
  }

  get #text(): string {
    return [...this.#finals, this.#partial].join(" ").trim();
  }

  #silenceAt(at: number): { speech: Speech | undefined; silence: number } {
    return { speech: this.#speech, silence: this.#lastSpeechAt === undefined ? 0 : at - this.#lastSpeechAt };
  }

  #endBySilence(at: number, silence: number): EarAction[] {
    if (this.#lastSpeechAt === undefined) return [];
    const actions: EarAction[] = [];
    if (!this.#committed && silence >= commitAfterMs) {
      this.#committed = true;
      this.#awaiting++;
      actions.push({ type: "commit" });
    }
    if (this.#endDecidedAt === undefined && silence >= silenceFor(this.#text, this.#rules)) this.#endDecidedAt = at;
    return this.#endDecidedAt === undefined ? actions : [...actions, ...this.#whenWritten(at)];
  }

  /** Pieces that wait for a service's word of the end, which does not come, are a turn all the same. */
  #endByPatience(at: number): EarAction[] {
    const waited = at - this.#heardAt;
    const isOver = this.#finals.length > 0 ? waited > patienceMs : this.#partial !== "" && waited > 2 * patienceMs;
    return isOver ? [this.#turn(at)] : [];
  }

  /** The turn is over; its words may still be on their way, but not for ever. */
  #whenWritten(at: number): EarAction[] {
    const decidedAt = this.#endDecidedAt ?? at;
    const late = at - decidedAt > this.#rules.recogniser.finalWithinMs + finalGraceMs;
    if (this.#awaiting > 0 && !late) return [];
    this.#awaiting = 0;
    if (this.#finals.length > 0 || this.#partial !== "") return [this.#turn(at)];
    // A noise: nothing was said.
    if (late) this.#reset();
    return [];
  }

  #final(event: Extract<HeardEvent, { type: "final" }>, at: number, ours: OurVoice): EarAction[] {
    this.#awaiting = Math.max(0, this.#awaiting - 1);
    this.#stoppedAt = undefined;
    this.#partial = "";
    this.#interrupted = false;
    const text = event.text.trim();
    const isNoTurn = text !== "" && this.#isNoTurn(text, ours);
    const lost = this.#unheard(this.#overdue.came(text));
    if (isNoTurn) {
      this.#reset();
      return this.#calm();
    }
    const actions = text === "" ? lost : this.#understood(event, at, ours);
    if (this.#finals.length === 0) this.#reset();
    const isOver = event.turnEnd || (this.#endDecidedAt !== undefined && this.#awaiting === 0);
    return isOver && this.#finals.length > 0 ? [...actions, this.#turn(at)] : actions;
  }

  #understood({ text, confidence }: Extract<HeardEvent, { type: "final" }>, at: number, ours: OurVoice): EarAction[] {
    this.#finals.push(text.trim());
    this.#confidence = confidence;
    this.#lastSpeechAt ??= at;
    return this.#interruption(text, at, ours);
  }

  /** Our own voice come back, or assent while we speak; to who was asked to wait, it is the answer that was awaited. */
  #isNoTurn(text: string, ours: OurVoice): boolean {
    const speaking = (ours.audible || this.#pausedAt !== undefined) && !this.#overdue.isLate;
    return isOurs(text, ours) || (speaking && isBackchannel(text));
  }

  #words(text: string, at: number, ours: OurVoice): EarAction[] {
    if (text.trim() === "") return [];
    this.#lastSpeechAt = this.#speech === undefined ? at : this.#lastSpeechAt;
    return isOurs(text, ours) || isBackchannel(text) ? [] : this.#interruption(text, at, ours);
  }

  #interruption(text: string, at: number, ours: OurVoice): EarAction[] {
    const interruptible = this.#pausedAt !== undefined || (ours.audible && !ours.protected);
    if (!interruptible || wordsOf(text).length < this.#rules.minWords) return [];
    const onsetAt = this.#onsetAt ?? this.#speech?.startedAt ?? at;
    const silentAt = this.#pausedAt ?? at;
    this.#pausedAt = undefined;
    this.#onsetAt = undefined;
    return [{ type: "interrupt", onsetAt, silentAt }];
  }

  /** It was nothing: we go on. */
  #calm(): EarAction[] {
    if (this.#pausedAt === undefined) return [];
    this.#pausedAt = undefined;
    this.#overdue.dismiss();
    return [{ type: "resume" }];
  }

  #goOn(at: number): EarAction[] {
    if (this.#pausedAt === undefined || at - this.#pausedAt < this.#rules.resumeMs) return [];
    const speaksOn = this.#speech !== undefined && at - this.#speech.lastAt <= breathMs;
    const bearsMs = this.#wordsAreDue(at) ? longestPauseMs : speaksOn ? 2 * this.#rules.resumeMs : 0;
    return at - this.#pausedAt < bearsMs ? [] : this.#calm();
  }

  /** A recogniser may have no word of somebody who speaks before they have ended. */
  #wordsAreDue(at: number): boolean {
    return (
      this.#begun || (this.#stoppedAt !== undefined && at - this.#stoppedAt < this.#rules.recogniser.finalWithinMs)
    );
  }

  #turn(at: number): EarAction {
    const text = this.#text;
    this.#overdue.came(text);
    const confidence = this.#confidence;
    const turn: EarAction = {
      type: "turn",
      text,
      ...(confidence !== undefined && { confidence }),
      speechEndedAt: this.#loudAt ?? this.#lastSpeechAt ?? at,
      endDecidedAt: this.#endDecidedAt ?? at,
    };
    this.#reset();
    // What is said from here on begins here.
    this.#speech = undefined;
    return turn;
  }

  #reset(): void {
    this.#finals = [];
    this.#partial = "";
    this.#confidence = undefined;
    this.#committed = true;
    this.#endDecidedAt = undefined;
    this.#lastSpeechAt = undefined;
    this.#onsetAt = undefined;
    this.#begun = false;
    this.#stoppedAt = undefined;
    this.#loudAt = undefined;
  }
}

function isOurs(text: string, ours: OurVoice): boolean {
  return ours.words !== "" && isEcho(text, ours.words);
}
