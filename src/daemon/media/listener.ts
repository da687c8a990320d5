// A call's ear: the caller's frames go to the recogniser and, while it matters, to the voice detector; what comes back
// becomes interruptions and turns.
import type { HeardEvent, Transcriber, Transcription, UlawFrame } from "../speech/transcriber.ts";
import type { EarAction, OurVoice } from "./ear-action.ts";
import { Ear, type EarRules, type Recogniser } from "./ear.ts";
import type { OurWords } from "./echo-guard.ts";
import { frameMs } from "./frames.ts";
import { loudness } from "./loudness.ts";
import { silentFrame } from "./caller-frame.ts";

/** Probabilities of voice, one for each 32 ms of audio. */
export interface VoiceProbe {
  push(ulaw: Uint8Array): readonly number[];
  reset(): void;
}

export interface ListenerPorts {
  /** In the order in which they are tried. */
  transcribers: readonly Transcriber[];
  /** The carrier tells the words by itself: without a recogniser nobody is deaf. */
  carrierHears: boolean;
  language: string;
  rules: Omit<EarRules, "recogniser">;
  /** Absent where there is none; words alone interrupt then. */
  newProbe(): VoiceProbe | undefined;
  ourVoice(): OurVoice;
  ourWords(): OurWords;
  now(): number;
  act(action: EarAction): void;
  /** For those who watch: a recogniser has trouble. Never with words. */
  troubled(message: string): void;
}

/** A connection that is being made anew for longer than this is as good as none. */
const interruptedMs = 8000;
/** A caller who spoke and whose audio stops is given silence, so that a recogniser can end the turn. */
const fillAfterMs = 750;
const fillForMs = 3000;
/** Louder than line noise. */
const audible = 250;
const measuredEvery = 5;
const suspiciousForMs = 500;
/** While there is none, silences end turns. */
const deafRecogniser: Recogniser = { endOfTurn: "none", finalWithinMs: 0 };

export class Listener implements AsyncDisposable {
  readonly #ports: ListenerPorts;
  readonly #left: Transcriber[];
  #transcription: Transcription | undefined;
  readonly #ear: Ear;
  #probe: VoiceProbe | undefined;
  #probing = false;
  #interruptedAt: number | undefined;
  #lastFrameAt: number | undefined;
  #filledMs = 0;
  #unmeasured = 0;
  #suspiciousUntil = 0;
  #closed = false;

  constructor(ports: ListenerPorts) {
    this.#ports = ports;
    this.#left = [...ports.transcribers];
    this.#ear = new Ear({ ...ports.rules, recogniser: deafRecogniser });
  }

  /** Connects; done while it rings, so that the first word is not lost. */
  open(): void {
    if (this.#transcription === undefined && !this.#closed) this.#next();
  }

  get isOpen(): boolean {
    return this.#transcription !== undefined;
  }

  /** The caller is speaking just now. */
  get isHearing(): boolean {
    return this.#ear.speaksAt(this.#ports.now());
  }

  /** Epoch of nothing: monotonic ms of the last frame, for whoever asks whether the caller is still there. */
  get lastFrameAt(): number | undefined {
    return this.#lastFrameAt;
  }

  audio(frame: UlawFrame): void {
    const at = this.#ports.now();
    this.#lastFrameAt = at;
    this.#filledMs = 0;
    this.#transcription?.push(frame);
    this.#measure(frame, at);
    this.#probeVoice(frame, at);
  }

  tick(): void {
    const at = this.#ports.now();
    this.#fill(at);
    if (this.#interruptedAt !== undefined && at - this.#interruptedAt > interruptedMs)
      this.#lost("it does not come back");
    this.#act(this.#ear.tick(at));
  }

  /** A whole turn that somebody else has understood: the carrier, or a person who types. */
  told(text: string): void {
    const at = this.#ports.now();
    const ours = { ...this.#ports.ourVoice(), ...this.#ports.ourWords() };
    this.#act(this.#ear.heard({ type: "final", text, turnEnd: true }, at, ours));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const open = this.#transcription;
    this.#transcription = undefined;
    await open?.[Symbol.asyncDispose]();
  }

  #next(): void {
    const transcriber = this.#left.shift();
    if (transcriber === undefined) {
      this.#transcription = undefined;
      return this.#deaf("no recogniser is left");
    }
    this.#interruptedAt = undefined;
    this.#ear.hearWith(transcriber.capabilities, this.#ports.now());
    const transcription: Transcription = transcriber.open({
      language: this.#ports.language,
      heard: (event) => {
        if (this.#transcription === transcription) this.#heard(event);
      },
    });
    this.#transcription = transcription;
  }

  #heard(event: HeardEvent): void {
    const at = this.#ports.now();
    if (event.type === "ready") this.#interruptedAt = undefined;
    if (event.type === "interrupted") {
      this.#interruptedAt ??= at;
      this.#ports.troubled(event.message);
    }
    if (event.type === "missed") this.#ports.troubled(event.message);
    if (event.type === "lost") return this.#lost(event.message);
    this.#act(this.#ear.heard(event, at, { ...this.#ports.ourVoice(), ...this.#ports.ourWords() }));
  }

  #lost(message: string): void {
    this.#ports.troubled(message);
    void this.#transcription?.[Symbol.asyncDispose]();
    this.#next();
  }

  /** Another recogniser may understand more; where the carrier understands, nobody is deaf. */
  #deaf(why: string): void {
    if (this.#left.length > 0) this.#lost(why);
    else if (!this.#ports.carrierHears) this.#ports.act({ type: "deaf" });
  }

  #act(actions: readonly EarAction[]): void {
    for (const action of actions) {
      if (action.type === "commit") this.#transcription?.commit();
      else if (action.type === "deaf") this.#deaf("speech was heard, and nothing understood");
      else if (action.type === "unheard" && this.#ports.carrierHears) continue;
      else this.#ports.act(action);
    }
  }

  /** Of a caller who is not being heard, a frame now and then is enough: what is only forwarded need not be decoded. */
  #measure(frame: UlawFrame, at: number): void {
    const { isHearing } = this.#ear;
    if (!isHearing && ++this.#unmeasured < measuredEvery) return;
    this.#unmeasured = 0;
    if (loudness(frame.bytes) < audible) return;
    if (isHearing) this.#ear.loud(at);
    else this.#suspiciousUntil = at + suspiciousForMs;
  }

  /** A sound that the recogniser says nothing of is looked at too: it may be deaf. */
  #probeVoice(frame: UlawFrame, at: number): void {
    const ours = this.#ports.ourVoice();
    const isUnheard = !this.#ear.isHearing && at < this.#suspiciousUntil;
    if (!isUnheard && !this.#ear.needsVoice(ours)) {
      this.#probing = false;
      return;
    }
    this.#probe ??= this.#ports.newProbe();
    // What it remembers is of another moment.
    if (!this.#probing) this.#probe?.reset();
    this.#probing = true;
    for (const voice of this.#probe?.push(frame.bytes) ?? []) this.#act(this.#ear.frame({ at, voice }, ours));
  }

  #fill(at: number): void {
    const last = this.#lastFrameAt;
    if (last === undefined || !this.#ear.isHearing || at - last < fillAfterMs) return;
    while (this.#filledMs < Math.min(fillForMs, at - last)) {
      this.#transcription?.push(silentFrame(frameMs * 8));
      this.#filledMs += frameMs;
    }
  }
}
