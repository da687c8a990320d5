// A call's ear: the caller's frames go to the recogniser and, while it matters, to the voice detector; what comes back
// becomes interruptions and turns.
import type { HeardEvent, Transcriber, Transcription, UlawFrame } from "../speech/transcriber.ts";
import { Ear, type EarAction, type EarRules, type OurVoice } from "./ear.ts";
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

export class Listener implements AsyncDisposable {
  readonly #ports: ListenerPorts;
  readonly #left: Transcriber[];
  #transcription: Transcription | undefined;
  #ear: Ear;
  #probe: VoiceProbe | undefined;
  #probing = false;
  #interruptedAt: number | undefined;
  #lastFrameAt: number | undefined;
  #filledMs = 0;
  #closed = false;

  constructor(ports: ListenerPorts) {
    this.#ports = ports;
    this.#left = [...ports.transcribers];
    this.#ear = this.#newEar(undefined);
  }

  /** Connects; done while it rings, so that the first word is not lost. */
  open(): void {
    if (this.#transcription === undefined && !this.#closed) this.#next();
  }

  get isOpen(): boolean {
    return this.#transcription !== undefined;
  }

  get isPaused(): boolean {
    return this.#ear.isPaused;
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
    if (loudness(frame.bytes) >= audible) this.#ear.loud(at);
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
    this.#act(this.#ear.heard({ type: "final", text, turnEnd: true }, at, this.#ports.ourVoice()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const open = this.#transcription;
    this.#transcription = undefined;
    await open?.[Symbol.asyncDispose]();
  }

  #newEar(recogniser: Transcriber | undefined): Ear {
    const { endOfTurn, finalWithinMs } = recogniser?.capabilities ?? { endOfTurn: "none", finalWithinMs: 0 };
    return new Ear({ ...this.#ports.rules, recogniser: { endOfTurn, finalWithinMs } });
  }

  #next(): void {
    const transcriber = this.#left.shift();
    if (transcriber === undefined) {
      this.#transcription = undefined;
      return this.#deaf("no recogniser is left");
    }
    this.#interruptedAt = undefined;
    this.#ear = this.#newEar(transcriber);
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
    this.#act(this.#ear.heard(event, at, this.#ports.ourVoice()));
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

  /** The next recogniser knows nothing of what the one before did not hear. */
  #askAgain(): void {
    const isAnotherLeft = this.#left.length > 0;
    this.#deaf("speech was heard, and nothing understood");
    if (isAnotherLeft) this.#act([{ type: "unheard", lost: true }]);
  }

  #act(actions: readonly EarAction[]): void {
    for (const action of actions) {
      if (action.type === "commit") this.#transcription?.commit();
      else if (action.type === "deaf") this.#askAgain();
      else if (action.type === "unheard" && this.#ports.carrierHears) continue;
      else this.#ports.act(action);
    }
  }

  #probeVoice(frame: UlawFrame, at: number): void {
    const ours = this.#ports.ourVoice();
    if (!this.#ear.needsVoice(at, ours)) {
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
