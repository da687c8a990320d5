// What goes on between the two parties of an answered call: speech, words recognised, keys.
import type { Clock } from "../clock.ts";
import type { CallRecord, Transcription } from "./call-record.ts";
import type { CalleeInput, CalleeScript, Piece } from "./callee.ts";
import { CalleeTurns } from "./callee-turns.ts";
import type { Track } from "./emulated-call.ts";
import { Gather, type GatherPlan } from "./gather.ts";
import { durationOf, speakingMs, SpeechQueue, type Playable } from "./speech-queue.ts";

export interface ConversationPorts {
  readonly clock: Clock;
  /** Aborts at the end of the call. */
  readonly lifetime: AbortSignal;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
  readonly callee: CalleeScript;
  /** Sends a webhook; with the call's client state unless another is given. */
  readonly tell: (event: string, fields: Record<string, unknown>, clientState?: string | null) => void;
  readonly listening: () => void;
  /** The callee hangs up. */
  readonly hangUp: () => void;
}

const MS_PER_DIGIT = 100;

export class Conversation {
  readonly #record: CallRecord;
  readonly #ports: ConversationPorts;
  readonly #speech: SpeechQueue;
  readonly #turns: CalleeTurns;
  #gather: Gather | null = null;

  constructor(record: CallRecord, ports: ConversationPorts) {
    this.#record = record;
    this.#ports = ports;
    this.#speech = this.#createSpeech();
    this.#turns = new CalleeTurns(ports.callee, {
      clock: ports.clock,
      lifetime: ports.lifetime,
      listening: () => record.listening,
      takeHeard: () => record.takeHeard(),
      give: (input) => void this.input(input),
      hangUp: ports.hangUp,
    });
  }

  /** The call has just been answered. */
  begin(transcription: Transcription | null): void {
    if (transcription !== null) {
      this.startTranscription(transcription);
    }
    this.#turns.answered();
  }

  /** The call ends: everything in progress ends with it. */
  end(): void {
    this.#speech.stop("all", "call_hangup");
    this.#gather?.end("call_hangup");
  }

  /** The other party speaks or presses keys; false when nobody will notice. */
  input(input: CalleeInput): boolean {
    if (this.#record.state !== "answered") {
      return false;
    }
    if (input.kind === "digits") {
      this.#press(input.digits);
      return true;
    }
    const { text, pieces, confidence } = input;
    const { clock, lifetime } = this.#ports;
    for (const [index, piece] of pieces.entries()) {
      const afterMs = (speakingMs(text) * (index + 1)) / pieces.length;
      clock.later(afterMs, () => this.#uttered(piece, confidence), lifetime);
    }
    return this.#record.listening;
  }

  speak(item: Playable, stop?: "current" | "all"): void {
    this.#speech.add(item, stop);
  }

  stopPlayback(what: "current" | "all"): void {
    this.#speech.stop(what);
  }

  sendDigits(digits: string): void {
    this.#record.hears({ kind: "digits", text: digits, heard: digits, complete: true });
  }

  startTranscription(transcription: Transcription): void {
    this.#record.transcription = transcription;
    if (this.#record.listening) {
      this.#ports.listening();
      this.#turns.listenedTo();
    }
  }

  stopTranscription(): void {
    this.#record.transcription = null;
  }

  /** Collects keys, after a prompt when there is one. A gather in progress is cancelled. */
  gather(plan: GatherPlan, prompt: Playable | null): void {
    this.stopGather();
    const { clientState } = this.#record;
    const gather = new Gather(plan, {
      clock: this.#ports.clock,
      signal: this.#ports.signal,
      ended: (digits, status) => {
        this.#gather = null;
        this.#ports.tell("call.gather.ended", { digits, status }, clientState);
      },
    });
    this.#gather = gather;
    if (prompt === null) {
      gather.listen();
    } else {
      this.#speech.add(prompt);
    }
  }

  stopGather(): void {
    this.#gather?.end("cancelled");
  }

  #createSpeech(): SpeechQueue {
    return new SpeechQueue({
      clock: this.#ports.clock,
      started: (item) => {
        this.#record.speaking = true;
        if (item.told) {
          this.#ports.tell(`call.${eventOf(item)}.started`, mediaFields(item), item.clientState);
        }
        this.#turns.spokenTo(durationOf(item));
      },
      ended: (item, status, heard) => {
        this.#record.speaking = false;
        this.#record.hears(heard);
        if (item.kind === "speak") {
          this.#recognised("outbound", { text: heard.heard, isFinal: true }, null);
        }
        if (item.told) {
          this.#ports.tell(`call.${eventOf(item)}.ended`, { ...mediaFields(item), status }, item.clientState);
        }
      },
      fellSilent: (heardOut) => {
        this.#gather?.listen();
        if (heardOut) {
          this.#turns.heardOut();
        }
      },
      signal: this.#ports.signal,
    });
  }

  #press(digits: string): void {
    const { clock, lifetime } = this.#ports;
    for (const [index, digit] of Array.from(digits).entries()) {
      const press = () => {
        this.#record.audio.press(digit);
        this.#record.says({ kind: "digits", text: digit, noticed: true });
        this.#ports.tell("call.dtmf.received", { digit });
        // A key cuts off the prompt of the gather that it is for.
        if (this.#speech.current?.told === false) {
          this.#speech.stop("current");
        }
        this.#gather?.press(digit);
      };
      clock.later(MS_PER_DIGIT * index, press, lifetime);
    }
  }

  #uttered(piece: Piece, confidence: number | null): void {
    const { listening } = this.#record;
    if (piece.isFinal) {
      this.#record.says({ kind: "speech", text: piece.text, noticed: listening });
    }
    if (!listening) {
      this.#record.warn("the other party spoke while its words were not transcribed");
    }
    this.#recognised("inbound", piece, confidence);
  }

  #recognised(track: Track, piece: Piece, confidence: number | null): void {
    const record = this.#record;
    if (!record.transcribes(track) || (!piece.isFinal && record.transcription?.interim === false)) {
      return;
    }
    this.#ports.tell("call.transcription", {
      transcription_data: {
        transcript: piece.text,
        confidence: piece.isFinal ? confidence : null,
        is_final: piece.isFinal,
        transcription_track: track,
      },
    });
  }
}

function eventOf(item: Playable): string {
  return item.kind === "speak" ? "speak" : "playback";
}

function mediaFields(item: Playable): Record<string, unknown> {
  return item.kind === "speak" ? {} : { media_url: item.text, overlay: false };
}
