// What was said on the phone, for a model to read.

/** On one line and in quotes, so that no spoken word can pass for a line of ours or for a mark of the host. */
export function quoted(text: string, longest: number): string {
  const bounded = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(bounded.toWellFormed().replace(/[<>[\]]{2,}/g, " "));
}
