// The emulated Deepgram Flux: turns with their indexes, and an early guess when one is asked for.
import type { HearingProtocol, SessionPorts } from "../hearing/hearing-side.ts";
import type { Recogniser, SpokenTurn, TurnTeller } from "../hearing/recogniser.ts";
import type { EmulatedSession, SessionTalk } from "../hearing/session.ts";
import { deepgramRefusal, refuseDeepgram, wrongOf } from "./request.ts";

/** It goes by the meaning; the emulator goes by a pause. */
const SILENCE_MS = 400;
const THRESHOLD = /^(0?\.[3-9]\d*)?$/;

const KINDS = {
  model: /^flux-general-(en|multi)$/,
  eot_threshold: THRESHOLD,
  eager_eot_threshold: THRESHOLD,
  eot_timeout_ms: /^([5-9]\d\d|[1-9]\d{3}|10000)?$/,
  language: /^$/,
};

export function fluxProtocol(apiKey: string): HearingProtocol {
  return {
    takes: ({ url }) => url.pathname === "/v2/listen",
    refuse: (request) => refuseDeepgram(request, apiKey, (query) => wrongOf(query, KINDS) ?? wrongHint(query)),
    refusal: deepgramRefusal,
    begin: (session, ports) => new FluxTalk(session, ports),
  };
}

/** Only the multilingual model takes one. */
function wrongHint(query: URLSearchParams): string | undefined {
  return query.has("language_hint") && query.get("model") !== "flux-general-multi" ? "language_hint" : undefined;
}

class FluxTalk implements SessionTalk, TurnTeller {
  readonly #session: EmulatedSession;
  readonly #recogniser: Recogniser;
  readonly #eager: boolean;
  #sequence = 0;
  #forced = false;

  constructor(session: EmulatedSession, ports: SessionPorts) {
    this.#session = session;
    this.#eager = session.url.searchParams.has("eager_eot_threshold");
    this.#recogniser = ports.recogniser(SILENCE_MS, this);
    session.greet({ type: "Connected", request_id: "1", sequence_id: this.#sequence });
  }

  message(message: Readonly<Record<string, unknown>>): void {
    this.#session.messages.push(message);
    if (message["type"] === "ForceEndTurn") {
      this.#forced = true;
      if (this.#recogniser.inTurn) this.#recogniser.commit();
    } else if (message["type"] === "CloseStream") {
      this.#session.close(1000);
    } else {
      this.#session.complain(`unknown message ${String(message["type"])}`);
      this.#fail("UNPARSABLE_CLIENT_MESSAGE");
    }
  }

  binary(bytes: Uint8Array): void {
    this.#session.takeAudio(bytes);
    this.#recogniser.take(bytes);
  }

  expire(): void {
    this.#fail("SESSION_TIMEOUT");
  }

  hear(text: string): void {
    this.#recogniser.hear(text);
  }

  started(turn: SpokenTurn): void {
    this.#turnInfo("StartOfTurn", turn, "");
  }

  partial(turn: SpokenTurn, text: string): void {
    this.#turnInfo("Update", turn, text);
  }

  stopped(turn: SpokenTurn): void {
    if (this.#eager) this.#turnInfo("EagerEndOfTurn", turn, turn.text);
  }

  final(turn: SpokenTurn): void {
    this.#turnInfo("EndOfTurn", turn, turn.text);
    this.#forced = false;
  }

  failed(): void {
    this.#fail("INTERNAL_SERVER_ERROR");
  }

  #turnInfo(event: string, turn: SpokenTurn, transcript: string): void {
    this.#sequence += 1;
    const words = transcript.split(" ").filter((word) => word !== "");
    this.#session.tell({
      type: "TurnInfo",
      request_id: "1",
      sequence_id: this.#sequence,
      event,
      turn_index: turn.index,
      audio_window_start: turn.startMs / 1000,
      audio_window_end: Math.max(turn.endMs, this.#recogniser.atMs) / 1000,
      transcript,
      words: words.map((word) => ({ word, confidence: 0.9 })),
      end_of_turn_confidence: event === "EndOfTurn" ? 0.8 : 0.1,
      ...(event === "EndOfTurn" && { trigger: this.#forced ? "manual" : "model" }),
    });
  }

  #fail(code: string): void {
    this.#session.tell({ type: "Error", sequence_id: this.#sequence, code, description: "The session is over." });
    this.#session.close(1011);
  }
}
