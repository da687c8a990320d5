// A text as Telnyx can speak it: clean, and in parts that one command may carry.

/** Telnyx's limit for the payload of one speak command, in characters. */
const maxPayload = 3000;

/** @returns at least one part; an empty one for a text in which nothing can be spoken. */
export function speechParts(text: string): string[] {
  const parts: string[] = [];
  let rest = speakable(text);
  while (rest.length > maxPayload) {
    const end = cutAt(rest.slice(0, maxPayload));
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" && parts.length > 0 ? parts : [...parts, rest];
}

/** Without control characters and halves of characters, which no voice can speak. */
function speakable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]/gu, "")
    .trim();
}

/** Behind the last sentence of the second half, else behind a word, else between two characters. */
function cutAt(head: string): number {
  const sentence = [...head.matchAll(/[.!?…][”"')]*\s|[。！？]|\n/gu)].at(-1);
  const afterSentence = sentence === undefined ? 0 : sentence.index + sentence[0].length;
  if (afterSentence > head.length / 2) return afterSentence;
  const afterWord = head.search(/\s\S*$/u) + 1;
  if (afterWord > 1) return afterWord;
  return /[\uD800-\uDBFF]$/.test(head) ? head.length - 1 : head.length;
}
