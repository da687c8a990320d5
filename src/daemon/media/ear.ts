// Whose turn it is on a media stream: from frames and words to interruptions and ended turns. No I/O and no clock of its own.
// Times are monotonic milliseconds.
import type { HeardEvent, TranscriberCapabilities } from "../speech/transcriber.ts";
import { Deafness } from "./deafness.ts";
import type { EarAction, Frame, OurVoice } from "./ear-action.ts";
import { EchoGuard, type OurWords } from "./echo-guard.ts";
import { OurPause, type PauseRules } from "./our-pause.ts";
import { type Overdue, OverdueWords } from "./overdue-words.ts";
import { SpeechRun } from "./speech-run.ts";
import { isBackchannel, wordsOf } from "./spoken-words.ts";
import { TakenWords } from "./taken-words.ts";
import { type EndRule, isOutOfPatience, silenceFor } from "./turn-end.ts";
import { Understood } from "./understood.ts";

export interface EarRules extends EndRule, PauseRules {
  /** Words it takes to interrupt us. */
  minWords: number;
  recogniser: Recogniser;
}

export type Recogniser = Pick<TranscriberCapabilities, "endOfTurn" | "finalWithinMs">;

const voiced = 0.5;
/** Recognisers without a detector of their own are told to write so early; if speech goes on, the pieces are joined. */
const commitAfterMs = 200;
const finalGraceMs = 1000;
/** Whoever still makes a sound has not ended. */
const soundsOnMs = 1000;
/** A caller of whom nothing was heard for so long is not speaking. */
const silentAfterMs = 2000;
/** A shorter sound is a knock, not somebody speaking. */
const shortestSpeechMs = 300;

export class Ear {
  readonly #rules: EarRules;
  readonly #echo = new EchoGuard();
  readonly #deafness = new Deafness();
  readonly #overdue: OverdueWords;
  #recogniser: Recogniser;
  readonly #run = new SpeechRun();
  /** When the caller was last heard speaking, by whichever ear said so last. */
  #lastSpeechAt: number | undefined;
  #understood = new Understood();
  #committed = false;
  #awaiting = 0;
  #endDecidedAt: number | undefined;
  readonly #pause: OurPause;
  #onsetAt: number | undefined;
  /** What was understood so far of a piece when its turn was ended without its final, which may yet come. */
  readonly #taken = new TakenWords();
  /** The recogniser has heard the beginning of speech. */
  #begun = false;
  /** When the recogniser heard the end of speech whose words have not come yet. */
  #stoppedAt: number | undefined;
  #loudAt: number | undefined;
  #heardAt = 0;

  constructor(rules: EarRules) {
    this.#rules = rules;
    this.#recogniser = rules.recogniser;
    this.#pause = new OurPause(rules);
    this.#overdue = new OverdueWords(rules);
  }

  /** Another recogniser goes on: what was understood so far stays, and a pause of ours still ends. */
  hearWith(recogniser: Recogniser, at: number): void {
    this.#recogniser = recogniser;
    this.#keepPartial(at);
    this.#awaiting = 0;
    this.#begun = false;
    this.#taken.forget();
    this.#deafness.forget();
    this.#overdue.dismiss();
    this.#echo.pieceEnds();
  }

  /** Whether frames must be looked at: while we can be interrupted, or when nobody else finds the end of a turn. */
  needsVoice(ours: OurVoice): boolean {
    return (
      (ours.audible && !ours.protected) || this.#pause.isOn || this.#recogniser.endOfTurn === "none" || this.#run.isOn
    );
  }

  /** Whether the caller seems to be in the middle of saying something. */
  get isHearing(): boolean {
    return this.#begun || this.#run.isOn || !this.#understood.isEmpty;
  }

  /** Whether they speak just now, so that we had better not begin. */
  speaksAt(at: number): boolean {
    const heardAt = Math.max(this.#loudAt ?? 0, this.#lastSpeechAt ?? 0, this.#heardAt);
    return this.isHearing && at - heardAt < silentAfterMs;
  }

  /** A frame that was loud: with a recogniser that finds the ends of turns, the last one tells when the caller ended. */
  loud(at: number): void {
    this.#loudAt = at;
    this.#overdue.goesOn(at);
  }

  frame({ at, voice }: Frame, ours: OurVoice): EarAction[] {
    if (voice < voiced) return this.tick(at);
    const startedAt = this.#voice(at, ours);
    const canPause = ours.audible && !ours.protected && !this.#pause.isOn;
    if (!canPause || at - startedAt < this.#pause.onsetMs) return [];
    this.#pause.begin(at);
    this.#onsetAt = startedAt;
    return [{ type: "pause", onsetAt: startedAt }];
  }

  /** Somebody speaks. @returns since when. */
  #voice(at: number, ours: OurVoice): number {
    const { startedAt, addsMs } = this.#run.voice(at);
    if (addsMs === 0) this.#newVoice(ours);
    this.#lastSpeechAt = at;
    this.#endDecidedAt = undefined;
    this.#committed = false;
    // A recogniser that has noticed the speech may say nothing until its end.
    if (!this.#begun && at - startedAt >= shortestSpeechMs) this.#deafness.voice(at, addsMs);
    if (at - startedAt >= shortestSpeechMs) this.#overdue.began(at);
    this.#overdue.goesOn(at);
    return startedAt;
  }

  #newVoice({ quietForMs }: OurVoice): void {
    this.#taken.forget();
    if (!this.#begun && this.#understood.partial === "") this.#echo.voiceBegins(quietForMs);
  }

  /** Words, and what the recogniser knows of speech. */
  heard(event: HeardEvent, at: number, ours: OurVoice & OurWords): EarAction[] {
    this.#deafness.heard(event);
    this.#heardAt = at;
    switch (event.type) {
      case "speechStarted":
        this.#begun = true;
        this.#overdue.began(at);
        this.#taken.forget();
        this.#echo.sign("speechStarted", ours.quietForMs);
        this.#onsetAt ??= at;
        this.#lastSpeechAt = at;
        return [];
      case "speechStopped":
        this.#begun = false;
        this.#stoppedAt = at;
        this.#lastSpeechAt ??= at;
        return [];
      case "partial":
        this.#overdue.understood(at);
        this.#understood.partial = this.#taken.without(event.text, at);
        this.#echo.sign("partial", ours.quietForMs);
        return this.#words(at, ours);
      case "eagerEnd":
      case "resumed":
        return [];
      case "final":
        return this.#final(event, at, ours);
      case "missed":
        this.#awaiting = Math.max(0, this.#awaiting - 1);
        this.#stoppedAt = undefined;
        return this.#missed(at);
      case "interrupted":
        this.#overdue.broke();
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
    const silence = this.#lastSpeechAt === undefined ? 0 : at - this.#lastSpeechAt;
    if (!this.#run.goesOn(at)) this.#run.end();
    if (this.#recogniser.endOfTurn === "none") actions.push(...this.#endBySilence(at, silence));
    else actions.push(...this.#endByPatience(at));
    actions.push(...this.#goOn(at));
    if (this.#deafness.isCertain(at, this.#recogniser.endOfTurn !== "none")) actions.push({ type: "deaf" });
    return this.#pause.isOn ? actions : [...actions, ...this.#unanswered(at)];
  }

  /** Who waits for us in vain hears something; what was understood by then is a turn. */
  #unanswered(at: number): EarAction[] {
    const { hasFinals, isDoubtful, partial, text } = this.#understood;
    // Our own words, or assent, wait for nothing.
    if (isDoubtful && !hasFinals) return [];
    const overdue = this.#overdue.tick(at, text);
    const isKnown = hasFinals || (overdue !== "late" && partial !== "");
    return overdue !== undefined && isKnown ? this.#close(at) : this.#unheard(overdue);
  }

  #unheard(overdue: Overdue | undefined): EarAction[] {
    if (overdue === undefined) return [];
    if (overdue === "late") return [{ type: "unheard", lost: false }];
    this.#begun = false;
    if (overdue === "lost") return [{ type: "unheard", lost: true }];
    this.#deafness.forget();
    return [{ type: "deaf" }, { type: "unheard", lost: true }];
  }

  #endBySilence(at: number, silence: number): EarAction[] {
    if (this.#lastSpeechAt === undefined) return [];
    const actions: EarAction[] = [];
    if (!this.#committed && silence >= commitAfterMs) {
      this.#committed = true;
      this.#awaiting++;
      actions.push({ type: "commit" });
    }
    const text = this.#understood.text;
    if (this.#endDecidedAt === undefined && silence >= silenceFor(text, this.#rules)) this.#endDecidedAt = at;
    return this.#endDecidedAt === undefined ? actions : [...actions, ...this.#whenWritten(at)];
  }

  /** Pieces that wait for a service's word of the end, which does not come, are a turn all the same. */
  #endByPatience(at: number): EarAction[] {
    const waited = at - this.#heardAt;
    const sounds = this.#begun && this.#loudAt !== undefined && at - this.#loudAt < soundsOnMs;
    return isOutOfPatience(waited, this.#understood, sounds) ? this.#close(at) : [];
  }

  /** The turn is over; its words may still be on their way, but not for ever. */
  #whenWritten(at: number): EarAction[] {
    const decidedAt = this.#endDecidedAt ?? at;
    const late = at - decidedAt > this.#recogniser.finalWithinMs + finalGraceMs;
    if (this.#awaiting > 0 && !late) return [];
    this.#awaiting = 0;
    if (!this.#understood.isEmpty) return this.#close(at);
    // A noise: nothing was said.
    if (late) this.#reset();
    return [];
  }

  #final(event: Extract<HeardEvent, { type: "final" }>, at: number, ours: OurVoice & OurWords): EarAction[] {
    this.#awaiting = Math.max(0, this.#awaiting - 1);
    this.#stoppedAt = undefined;
    this.#echo.sign("final", ours.quietForMs);
    const text = this.#taken.without(event.text.trim(), at);
    const isNoTurn = text !== "" && this.#isNoTurn(text, ours);
    const lost = this.#unheard(this.#overdue.came(text));
    this.#taken.forget();
    this.#understood.partial = "";
    this.#echo.pieceEnds();
    if (text === "" || isNoTurn) return [...this.#nothingSaid(event.turnEnd, at), ...lost];
    this.#understood.add(text, event.confidence);
    this.#lastSpeechAt ??= at;
    const actions = this.#interruption(at, ours);
    return this.#isWhole(event.turnEnd) ? [...actions, this.#turn(at)] : actions;
  }

  /** A noise, assent, or our own voice; pieces that came before it are still a turn. */
  #nothingSaid(turnEnd: boolean, at: number): EarAction[] {
    if (this.#understood.hasFinals) return this.#isWhole(turnEnd) ? [this.#turn(at)] : [];
    this.#reset();
    return this.#calm();
  }

  /** The turn is over by our own judgement. */
  #close(at: number): EarAction[] {
    if (this.#understood.hasFinals || !this.#understood.isDoubtful) return [this.#turn(at)];
    this.#overdue.dismiss();
    this.#reset();
    return this.#calm();
  }

  #isWhole(turnEnd: boolean): boolean {
    return turnEnd || (this.#endDecidedAt !== undefined && this.#awaiting === 0);
  }

  /** Its final will not come: what was understood of it is all there is. */
  #missed(at: number): EarAction[] {
    this.#begun = false;
    this.#taken.forget();
    this.#keepPartial(at);
    this.#echo.pieceEnds();
    if (this.#understood.hasFinals) return [];
    this.#reset();
    return [...this.#calm(), ...this.#unheard(this.#overdue.missed())];
  }

  #keepPartial(at: number): void {
    this.#understood.keepPartial();
    if (this.#understood.hasFinals) this.#lastSpeechAt ??= at;
  }

  /**
   * Our own voice come back, or assent while we speak: which is an answer to a question, part of what they say already, and
   * what was awaited of who was asked to wait.
   */
  #isNoTurn(text: string, ours: OurVoice & OurWords): boolean {
    const speaking = (ours.audible || ours.goesOn || this.#pause.isOn) && !this.#overdue.isLate;
    const isAssent = speaking && ours.question === "" && !this.#understood.hasFinals && isBackchannel(text);
    return isAssent || this.#echo.isEcho(text, ours);
  }

  #words(at: number, ours: OurVoice & OurWords): EarAction[] {
    if (this.#understood.partial.trim() === "") return [];
    this.#lastSpeechAt = !this.#run.isOn ? at : this.#lastSpeechAt;
    this.#understood.isDoubtful = this.#isNoTurn(this.#understood.partial, ours);
    const waits = this.#understood.isDoubtful || this.#echo.mayBecomeEcho(this.#understood.partial, ours);
    return waits ? [] : this.#interruption(at, ours);
  }

  #interruption(at: number, ours: OurVoice): EarAction[] {
    const interruptible = this.#pause.isOn || (ours.audible && !ours.protected);
    if (!interruptible || wordsOf(this.#understood.text).length < this.#rules.minWords) return [];
    const onsetAt = this.#onsetAt ?? this.#run.startedAt ?? at;
    const silentAt = this.#pause.since ?? at;
    this.#pause.end();
    this.#onsetAt = undefined;
    return [{ type: "interrupt", onsetAt, silentAt }];
  }

  /** It was nothing: we go on. */
  #calm(): EarAction[] {
    if (!this.#pause.calm()) return [];
    this.#overdue.dismiss();
    this.#onsetAt = undefined;
    return [{ type: "resume" }];
  }

  #goOn(at: number): EarAction[] {
    const waitsFor = this.#wordsAreDue(at) ? "words" : this.#run.goesOn(at) ? "a sound" : "nobody";
    return this.#pause.isOver(at, waitsFor) ? this.#calm() : [];
  }

  /** A recogniser may have no word of somebody who speaks before they have ended. */
  #wordsAreDue(at: number): boolean {
    return this.#begun || (this.#stoppedAt !== undefined && at - this.#stoppedAt < this.#recogniser.finalWithinMs);
  }

  #turn(at: number): EarAction {
    const { text, confidence, partial: taken } = this.#understood;
    this.#overdue.came(text);
    const turn: EarAction = {
      type: "turn",
      text,
      ...(confidence !== undefined && { confidence }),
      speechEndedAt: this.#loudAt ?? this.#lastSpeechAt ?? at,
      endDecidedAt: this.#endDecidedAt ?? at,
    };
    this.#reset();
    // What is said from here on begins here.
    this.#run.end();
    this.#taken.take(taken, at);
    this.#pause.forgive();
    return turn;
  }

  #reset(): void {
    this.#understood = new Understood();
    this.#committed = true;
    this.#endDecidedAt = undefined;
    this.#lastSpeechAt = undefined;
    this.#onsetAt = undefined;
    this.#begun = false;
    this.#stoppedAt = undefined;
    this.#loudAt = undefined;
  }
}
