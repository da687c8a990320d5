// TwiML, Twilio's XML of verbs: one small function a verb, everything escaped.

/** Twilio's limit for `Twiml` in a REST order, in characters. */
export const maxInlineTwiml = 4000;
/** The shortest of the limits of Twilio's voices for one `<Say>`, in characters. */
const maxSayLength = 3000;

export function response(...verbs: string[]): string {
  return `<Response>${verbs.join("")}</Response>`;
}

/** One `<Say>` or several: a long text is parted at sentences, else at words. */
export function say(text: string): string {
  return parts(speakable(text))
    .map((part) => `<Say>${escapeXml(part)}</Say>`)
    .join("");
}

interface GatherOrder {
  action: string;
  /** How long silence may last before speech counts as over; Twilio knows whole seconds, at least 1. */
  silenceTimeoutMs: number;
  /** What is spoken first, as verbs; the caller may interrupt. */
  prompt: string;
}

/**
 * Hears speech or keys. Twilio waits `timeout` for either to begin, and calls `action` also when neither did. Ten seconds
 * are a balance: fewer documents, in whose gaps the line is deaf, against digits that are not ended with `#`, which arrive so late.
 */
export function gather({ action, silenceTimeoutMs, prompt }: GatherOrder): string {
  const speechTimeout = Math.max(1, Math.ceil(silenceTimeoutMs / 1000));
  return `<Gather input="speech dtmf" action="${escapeXml(action)}" method="POST" timeout="10" speechTimeout="${speechTimeout}" actionOnEmptyResult="true" language="en-US">${prompt}</Gather>`;
}

export function redirect(url: string): string {
  return `<Redirect method="POST">${escapeXml(url)}</Redirect>`;
}

export function pause(seconds: number): string {
  return `<Pause length="${seconds}"/>`;
}

/** A second's pause, `W`, is documented for dialling only. */
export function playDigits(digits: string): string {
  return `<Play digits="${escapeXml(digits.replaceAll("W", "ww"))}"/>`;
}

export function hangUp(): string {
  return "<Hangup/>";
}

export function reject(reason: "busy" | "rejected"): string {
  return `<Reject reason="${reason}"/>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Without what XML 1.0 cannot hold (§2.2) and what no voice can speak. */
function speakable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, "")
    .trim();
}

function parts(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > maxSayLength) {
    const end = cutAt(rest);
    found.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? found : [...found, rest];
}

/** Where to part a text that is too long: behind a sentence of the second half, else behind a word, else anywhere between characters. */
function cutAt(text: string): number {
  const head = text.slice(0, maxSayLength);
  const sentence = [...head.matchAll(/[.!?…][”"')]*\s|[。！？]|\n/gu)].at(-1);
  const afterSentence = sentence === undefined ? 0 : sentence.index + sentence[0].length;
  if (afterSentence > maxSayLength / 2) return afterSentence;
  const afterWord = head.search(/\s\S*$/u) + 1;
  if (afterWord > 1) return afterWord;
  return /[\uD800-\uDBFF]$/.test(head) ? maxSayLength - 1 : maxSayLength;
}
