// The text of a reply under OpenClaw's JSON contract `{"spoken": "…"}`, also while it is still being written.

export interface SpokenField {
  /** What is there of the text; undefined while no such key has come. */
  spoken: string | undefined;
  /** Behind the object, its code fence included; undefined while the object is being written. */
  end: number | undefined;
}

const opening = /^\s*(?:```(?:json)?\s*)?\{\s*(?=["}])/i;
/** What may still become the opening. */
const unclear = /^\s*(?:`{0,2}|```(?:j|js|jso|json)?\s*|(?:```(?:json)?\s*)?\{\s*)$/i;

/** Reads as far as the text goes. `unclear`: it may still become such an object; undefined: it is none. */
export function readSpoken(text: string): SpokenField | "unclear" | undefined {
  const open = opening.exec(text)?.[0];
  if (open === undefined) return unclear.test(text) ? "unclear" : undefined;
  const field: SpokenField = { spoken: undefined, end: undefined };
  let at = open.length;
  for (let member = readMember(text, at); member !== undefined; member = readMember(text, at)) {
    if (member.spoken !== undefined) field.spoken = member.spoken;
    at = member.end;
  }
  const close = /^\s*\}\s*(?:```)?/.exec(text.slice(at))?.[0];
  if (close !== undefined) field.end = at + close.length;
  return field;
}

/** One key with its value and comma; undefined when no further key is there. A value that is not whole ends the text. */
function readMember(text: string, from: number): { spoken: string | undefined; end: number } | undefined {
  const head = match(/\s*"((?:[^"\\]|\\.)*)"\s*:\s*/y, text, from);
  if (head === undefined) return undefined;
  const at = from + head[0].length;
  const value = match(/"((?:[^"\\]|\\.)*)("?)/y, text, at);
  const end = value === undefined ? endOfValue(text, at) : at + value[0].length;
  const spoken = head[1] === "spoken" && value !== undefined ? unescaped(value[1] ?? "") : undefined;
  if (value !== undefined && value[2] === "") return { spoken, end: text.length };
  return { spoken, end: end + (match(/\s*,/y, text, end)?.[0].length ?? 0) };
}

/** Where a number, a word, a list or an object ends. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (const token of text.slice(from).matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{},]/g)) {
    const [mark] = token;
    if (depth === 0 && (mark === "," || mark === "}" || mark === "]")) return from + token.index;
    if (mark === "{" || mark === "[") depth++;
    if (mark === "}" || mark === "]") depth--;
  }
  return text.length;
}

const escapes: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Decodes what is whole; half an escape, or half of a pair of them, waits for its other half. */
function unescaped(body: string): string {
  return body
    .replace(/\\(?:u([0-9a-f]{4})|([^u]))/gi, (_, hex: string | undefined, letter = "") =>
      hex === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/(?:\\u[0-9a-f]{0,3}|[\uD800-\uDBFF])$/i, "");
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
