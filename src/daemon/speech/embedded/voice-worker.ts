// Worker thread that speaks with the embedded voice, because a sentence of it would stall every call's media.
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { speakPiece } from "./flite.ts";

export interface VoiceOrder {
  id: number;
  piece: string;
}

/** What became of an order; without `error` it was spoken. */
export interface SpokenPiece {
  id: number;
  samples: Int16Array<ArrayBuffer>;
  error?: string;
}

const flite = new WebAssembly.Module(readFileSync(String(workerData)));

parentPort?.on("message", ({ id, piece }: VoiceOrder) => {
  const spoken = speak(id, piece);
  parentPort?.postMessage(spoken, [spoken.samples.buffer]);
});

function speak(id: number, piece: string): SpokenPiece {
  try {
    return { id, samples: speakPiece(flite, piece) };
  } catch (error) {
    return { id, samples: new Int16Array(0), error: String(error) };
  }
}
