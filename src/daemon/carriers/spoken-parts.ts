// What a voice is given to speak: without what it cannot speak, and in parts that are short enough for it.

/** Parts a long text at sentences, else at words, else between characters; nothing speakable is lost. `maxLength` counts UTF-16 units. */
export function spokenParts(text: string, maxLength: number): string[] {
  const found: string[] = [];
  let rest = speakable(text);
  while (rest.length > maxLength) {
    const end = cutAt(rest, maxLength);
    found.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? found : [...found, rest];
}

/** Without what XML 1.0 cannot hold (§2.2) and what no voice can speak. */
function speakable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, "")
    .trim();
}

/** Where to part a text that is too long: behind a sentence of the second half, else behind a word, else anywhere between characters. */
function cutAt(text: string, maxLength: number): number {
  const head = text.slice(0, maxLength);
  const sentence = [...head.matchAll(/[.!?…][”"')]*\s|[。！？]|\n/gu)].at(-1);
  const afterSentence = sentence === undefined ? 0 : sentence.index + sentence[0].length;
  if (afterSentence > maxLength / 2) return afterSentence;
  const afterWord = head.search(/\s\S*$/u) + 1;
  if (afterWord > 1) return afterWord;
  return /[\uD800-\uDBFF]$/.test(head) ? maxLength - 1 : maxLength;
}
