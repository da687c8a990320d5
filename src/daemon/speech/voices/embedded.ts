// The embedded voice as one of the chain: it needs no key and no network, so it is the last to be asked.
import { ulaw } from "../../media/g711.ts";
import type { EmbeddedVoice } from "../embedded/embedded-voice.ts";
import type { Synthesiser } from "../synthesiser.ts";

const longestText = 1000;

/** The voice itself belongs to whoever made it, and outlives this. */
export function embeddedSynthesiser(embedded: Pick<EmbeddedVoice, "synthesise" | "hold">): Synthesiser {
  return {
    id: "embedded",
    maxTextLength: longestText,
    async *speak(text, signal) {
      try {
        for await (const samples of embedded.synthesise(text, signal)) yield ulaw.encode(samples);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    // It stays ready for a minute after its last user.
    warmUp: () => embedded.hold()[Symbol.dispose](),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
