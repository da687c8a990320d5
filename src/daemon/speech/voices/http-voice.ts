// A voice behind one HTTP order for each piece of text, whatever the service calls its fields.
import { type Synthesiser, type Ulaw } from "../synthesiser.ts";
import { AudioDecoder } from "./audio-decoder.ts";
import type { HttpLine } from "./http-line.ts";
import { notAudio } from "./refusal.ts";

export interface HttpVoiceOptions {
  id: string;
  /** Where it is configured, for messages: `tts.openai`. */
  settings: string;
  apiKey: string | undefined;
  maxTextLength: number;
  line: HttpLine;
  path: string;
  body(text: string): object;
  /** Of an answer whose own content type does not tell. */
  assumed: { contentType?: string; rateHz: number };
}

/** 100 ms at 24 kHz. A network hands over seconds at once, and the first of them need not wait for the others' decoding. */
const longestPart = 4800;

export function createHttpVoice(options: HttpVoiceOptions): Synthesiser {
  const { id, line, assumed } = options;
  return {
    id,
    maxTextLength: options.maxTextLength,
    speak: (text, signal) => quietOnAbort(spoken(text, signal), signal),
    warmUp: () => line.warmUp(),
    async [Symbol.asyncDispose]() {
      line[Symbol.dispose]();
    },
  };

  async function* spoken(text: string, signal: AbortSignal): AsyncGenerator<Ulaw, void> {
    const { settings, apiKey, path } = options;
    const answer = await line.post({ service: id, settings, apiKey, text, path, body: options.body(text), signal });
    const decoder = new AudioDecoder({
      contentType: contentTypeOf(answer.contentType),
      rateHz: assumed.rateHz,
      notAudio: (what) => notAudio({ service: id, settings }, what),
    });
    for await (const piece of answer.pieces) {
      for (let at = 0; at < piece.length; at += longestPart) {
        const audio = decoder.push(piece.subarray(at, at + longestPart));
        if (audio.length > 0) yield audio;
      }
    }
    const rest = decoder.end();
    if (rest.length > 0) yield rest;
  }

  function contentTypeOf(told: string): string {
    return assumed.contentType !== undefined && !/^(application\/json|text\/)/i.test(told) ? assumed.contentType : told;
  }
}

/** Whoever stopped a voice is not told that it stopped. */
async function* quietOnAbort(audio: AsyncIterable<Ulaw>, signal: AbortSignal): AsyncGenerator<Ulaw, void> {
  if (signal.aborted) return;
  try {
    for await (const piece of audio) {
      if (signal.aborted) return;
      yield piece;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
