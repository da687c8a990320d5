// What is left to say of a text when its voice failed in the middle: estimated by time, and never too little.

/** A slow voice's. Who is taken for slower than they are says a word twice, and none is lost. */
export const usualMsPerCharacter = 75;
const slowestMsPerCharacter = 200;
const fastestMsPerCharacter = 30;
/** Short texts are mostly pauses. */
const tellingLength = 20;
const weightOfLast = 0.3;

/** From the beginning of the word that was being said after `heardMs` of audio. Never empty. */
export function unheard(text: string, heardMs: number, msPerCharacter: number): string {
  const at = Math.min(text.length - 1, Math.floor(heardMs / msPerCharacter));
  let from = 0;
  for (const { index, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    if (index > at) break;
    if (isWordLike === true) from = index;
  }
  return text.slice(from);
}

/** How fast a voice speaks, from what it was known for and a text that it has said to the end. */
export function learntPace(known: number, text: string, spokenMs: number): number {
  if (text.length < tellingLength) return known;
  const shown = Math.min(slowestMsPerCharacter, Math.max(fastestMsPerCharacter, spokenMs / text.length));
  return known + (shown - known) * weightOfLast;
}
