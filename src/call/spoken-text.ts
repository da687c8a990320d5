// What a model writes, as a voice can say it: no markup, no links, no emoji, no reasoning.

const rules: readonly [RegExp, string][] = [
  // Reasoning and directives that are not for the caller.
  [/<(think|thinking|reasoning)>[\s\S]*?(<\/\1>|$)/gi, " "],
  [/\[\[[^\]]*\]\]|\[\[\w*\]?$/g, " "],
  // OpenClaw's words for "nothing to say".
  [/\b(NO_REPLY|HEARTBEAT_OK)\b/g, " "],
  [/```[\s\S]*?(```|$)/g, " "],
  [/`([^`]*)`/g, "$1"],
  // Links and images keep their words.
  [/!?\[([^\]]*)\]\([^)]*\)/g, "$1"],
  [/https?:\/\/\S*[^\s.,!?;:)\]]/gi, "a link"],
  [/<\/?(?:br|b|i|em|strong|u|p)\b[^>]*>/gi, " "],
  // Headings, quotes, list marks and rules at the beginning of a line.
  [/^[ \t]*(#{1,6}|>|[-*+]|\d{1,2}[.)])[ \t]+/gm, ""],
  [/^[ \t]*([-*_][ \t]*){3,}$/gm, " "],
  // Tables: the line under the head, the edges, and what parts the cells.
  [/^[ \t]*\|?([ \t]*:?-{2,}:?[ \t]*\|)+[ \t:-]*$/gm, " "],
  [/^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$/gm, ""],
  [/[ \t]*\|[ \t]*/g, ", "],
  [/(\*\*|__|~~)(.+?)\1/g, "$2"],
  [/(^|\W)[*_](\S(?:.*?\S)?)[*_](?=\W|$)/g, "$1$2"],
  // A reply is cut into sentences, so the other half of a pair may be in another one.
  [/\*{2,}|~~|`+/g, ""],
  [/(^|\s)\*(?=\S)|(?<=\S)\*(?=[\s.,!?]|$)/g, "$1"],
  [/\p{Extended_Pictographic}(\u{FE0F}|\u{200D}|\p{Emoji_Modifier}|\p{Extended_Pictographic})*/gu, " "],
  [/[\u{1F1E6}-\u{1F1FF}]+/gu, " "],
];

/** Speakable text on one line; empty when nothing is left to say. */
export function spokenText(written: string): string {
  let text = unwrapped(written.toWellFormed());
  for (const [pattern, replacement] of rules) text = text.replace(pattern, replacement);
  return text.replace(/\s+/g, " ").trim();
}

/** OpenClaw's reply contract `{"spoken": "…"}`, also inside a code fence. */
function unwrapped(text: string): string {
  const inside = /^\s*(?:```(?:json)?)?\s*(\{[\s\S]*\})\s*(?:```)?\s*$/.exec(text)?.[1];
  if (inside === undefined) return text;
  try {
    const parsed: unknown = JSON.parse(inside);
    const spoken = typeof parsed === "object" && parsed !== null && "spoken" in parsed ? parsed.spoken : undefined;
    return typeof spoken === "string" ? spoken : text;
  } catch {
    return text;
  }
}
