// How far a model that reads aloud strayed from its text, as a number that tells nothing of either.

/** Words of the text that were not said, or words that were said beside it, whichever are more. Spelled-out numbers count as strayed. */
export function strayedWords(text: string, said: string): number {
  const wanted = wordsOf(text);
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  const spoken = wordsOf(said);
  let shared = 0;
  for (const word of spoken) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared++;
  }
  return Math.max(wanted.length, spoken.length) - shared;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
