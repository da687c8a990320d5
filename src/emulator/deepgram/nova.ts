// The emulated Deepgram Nova: pieces of a turn, its end by a pause, and a session that closes when nothing comes.
import type { Clock } from "../clock.ts";
import type { HearingProtocol, SessionPorts } from "../hearing/hearing-side.ts";
import type { Recogniser, SpokenTurn, TurnTeller } from "../hearing/recogniser.ts";
import type { EmulatedSession, SessionTalk } from "../hearing/session.ts";
import { deepgramRefusal, refuseDeepgram, wrongOf } from "./request.ts";

const DEFAULT_ENDPOINTING_MS = 10;
/** Real milliseconds without audio or KeepAlive. */
const IDLE_MS = 10_000;

const KINDS = {
  model: /^(nova|enhanced|base|whisper)(-[\w-]+)?$/,
  endpointing: /^\d*$/,
  utterance_end_ms: /^([1-5]\d{3})?$/,
  interim_results: /^(true|false)?$/,
  vad_events: /^(true|false)?$/,
  punctuate: /^(true|false)?$/,
  language: /^([a-z]{2,5}(-\w{2,4})?)?$/,
};

export function novaProtocol(apiKey: string): HearingProtocol {
  return {
    takes: ({ url }) => url.pathname === "/v1/listen",
    refuse: (request) => refuseDeepgram(request, apiKey, (query) => wrongOf(query, KINDS)),
    refusal: deepgramRefusal,
    begin: (session, ports) => new NovaTalk(session, ports),
  };
}

class NovaTalk implements SessionTalk, TurnTeller {
  readonly #session: EmulatedSession;
  readonly #recogniser: Recogniser;
  readonly #clock: Clock;
  #finalize = false;
  #saidAt: number;

  constructor(session: EmulatedSession, ports: SessionPorts) {
    this.#session = session;
    const endpointing = Number(session.url.searchParams.get("endpointing") ?? DEFAULT_ENDPOINTING_MS);
    this.#recogniser = ports.recogniser(endpointing, this);
    this.#clock = ports.clock;
    this.#saidAt = ports.clock.now();
    this.#closeWhenIdle(IDLE_MS);
  }

  message(message: Readonly<Record<string, unknown>>): void {
    this.#session.messages.push(message);
    this.#saidAt = this.#clock.now();
    if (message["type"] === "Finalize") {
      this.#finalize = true;
      if (this.#recogniser.inTurn) this.#recogniser.commit();
      else this.final({ index: -1, startMs: this.#recogniser.atMs, endMs: this.#recogniser.atMs, text: "" });
    } else if (message["type"] === "CloseStream") {
      this.#session.close(1000);
    } else if (message["type"] !== "KeepAlive") {
      this.#session.complain(`unknown message ${String(message["type"])}`);
    }
  }

  binary(bytes: Uint8Array): void {
    this.#saidAt = this.#clock.now();
    this.#session.takeAudio(bytes);
    this.#recogniser.take(bytes);
  }

  expire(): void {
    this.#session.close(1011);
  }

  hear(text: string): void {
    this.#recogniser.hear(text);
  }

  started(turn: SpokenTurn): void {
    this.#session.tell({ type: "SpeechStarted", channel: [0], timestamp: turn.startMs / 1000 });
  }

  partial(turn: SpokenTurn, text: string): void {
    this.#results(turn, text, {});
  }

  stopped(): void {
    // Nova says it with the final.
  }

  /** Longer turns come in two pieces. */
  final(turn: SpokenTurn): void {
    const words = turn.text.split(" ");
    const cut = words.length > 3 ? Math.floor(words.length / 2) : 0;
    if (cut > 0) this.#results(turn, words.slice(0, cut).join(" "), { is_final: true });
    const end = this.#finalize ? { from_finalize: true } : { speech_final: true };
    this.#finalize = false;
    this.#results(turn, words.slice(cut).join(" "), { is_final: true, ...end });
    this.#session.tell({ type: "UtteranceEnd", channel: [0, 1], last_word_end: turn.endMs / 1000 });
  }

  failed(): void {
    this.#fail("NET-0000");
  }

  #fail(code: string): void {
    this.#session.tell({ type: "Error", code, description: "The service ends the session." });
    this.#session.close(1011);
  }

  #closeWhenIdle(afterMs: number): void {
    const look = (): void => {
      const leftMs = this.#saidAt + IDLE_MS - this.#clock.now();
      if (leftMs > 0) this.#closeWhenIdle(leftMs);
      else this.#fail("NET-0001");
    };
    this.#clock.later(afterMs, look, this.#session.ended.signal);
  }

  #results(turn: SpokenTurn, transcript: string, flags: Readonly<Record<string, boolean>>): void {
    this.#session.tell({
      type: "Results",
      channel_index: [0, 1],
      start: turn.startMs / 1000,
      duration: (Math.max(turn.endMs, turn.startMs) - turn.startMs) / 1000,
      is_final: false,
      speech_final: false,
      from_finalize: false,
      ...flags,
      channel: { alternatives: [{ transcript, confidence: 0.9, words: [] }] },
    });
  }
}
