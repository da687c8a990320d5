// How long a silence must last to end a caller's turn, by what was understood so far.

/** Silences in milliseconds after the caller's last speech. */
export interface EndRule {
  /** After words that could go on or not; the others follow from it. */
  plainMs: number;
}

const longestMs = 2500;

/** Words after which nobody stops: the thought goes on. */
const unfinished =
  /(?:^|\s)(and|or|but|so|because|if|when|that|the|a|an|to|of|for|with|my|your|is|are|um|uh|er|erm|hmm|like|und|oder|aber|weil|dass|äh|ähm|et|ou|mais|y|o|pero|que)[,\s]*$/iu;
/** A number that is being told goes on with more digits. */
const digits = /(?:\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|oh))[\s,-]*$/i;
const sentence = /[.?!。？！]["'”’)]*\s*$/u;

/** Short after a sentence, long after a conjunction, a hesitation or a digit. */
export function silenceFor(text: string, { plainMs }: EndRule): number {
  const ceiling = Math.max(longestMs, plainMs);
  if (unfinished.test(text) || digits.test(text)) return Math.min(ceiling, 2 * plainMs);
  return sentence.test(text) ? Math.min(plainMs, Math.max(250, Math.round(plainMs * 0.42))) : plainMs;
}

/** How long pieces wait for the service to say that the turn is over. */
const patienceMs = 2500;
/** Whoever still makes a sound has not ended; but not for ever. */
const longestPatienceMs = 10_000;

/** Whether pieces that wait for a service's word of the end, which does not come, are a turn all the same. */
export function isOutOfPatience(
  waitedMs: number,
  { hasFinals, partial }: { hasFinals: boolean; partial: string },
  sounds: boolean,
): boolean {
  if (sounds && waitedMs < longestPatienceMs) return false;
  return hasFinals ? waitedMs > patienceMs : partial !== "" && waitedMs > 2 * patienceMs;
}
