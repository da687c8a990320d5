// Loads the voice detector's weights when the first call needs them, once for all calls.
import { readFile } from "node:fs/promises";
import { SpeechModel } from "./model.ts";

/** `file`: what scripts/extract-vad-weights.ts wrote. A failure is not kept: the next call tries again. */
export function speechModelIn(file: string | URL): () => Promise<SpeechModel> {
  let loading: Promise<SpeechModel> | undefined;
  return () => {
    loading ??= readFile(file).then(
      (weights) => new SpeechModel(weights),
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
}
