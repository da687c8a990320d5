// How the tests listen: the whole of a voice's audio, and the words in it.
import { heardCodes, wordCodes } from "../../src/emulator/speech/tone-speech.ts";
import { decodeUlaw } from "../../src/emulator/speech/ulaw.ts";
import type { Ulaw } from "../../src/daemon/speech/synthesiser.ts";

export const never = new AbortController().signal;

export async function listen(audio: AsyncIterable<Ulaw>): Promise<Ulaw> {
  const pieces: Ulaw[] = [];
  for await (const piece of audio) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The codes of the words in it, to be compared with `wordCodes` of a text. */
export function wordsIn(audio: Ulaw): number[] {
  return heardCodes(decodeUlaw(audio), 8000);
}

/** Whether each word of the text was heard in its place; words may have been said twice. */
export function holdsAllOf(text: string, audio: Ulaw): boolean {
  const heard = wordsIn(audio);
  let at = 0;
  for (const code of heard) if (code === wordCodes(text)[at]) at++;
  return at === wordCodes(text).length;
}
