// TwiML, Twilio's XML of verbs: one small function a verb, everything escaped.
import type { GatherOrder, Verbs } from "../script.ts";
import { spokenParts } from "../spoken-parts.ts";
import { escapeXml } from "../xml-text.ts";

/** Twilio's limit for `Twiml` in a REST order, in characters. */
export const maxInlineTwiml = 4000;
/** The shortest of the limits of Twilio's voices for one `<Say>`, in characters. */
const maxSayLength = 3000;

function response(...verbs: string[]): string {
  return `<Response>${verbs.join("")}</Response>`;
}

/** One `<Say>` or several: a long text is parted at sentences, else at words. */
function say(text: string): string {
  return spokenParts(text, maxSayLength)
    .map((part) => `<Say>${escapeXml(part)}</Say>`)
    .join("");
}

/**
 * Hears speech or keys; a silence is whole seconds, at least 1. Twilio waits `timeout` for either to begin, and calls `action`
 * also when neither did. Ten seconds are a balance: fewer documents, in whose gaps the line is deaf, against digits that
 * are not ended with `#`, which arrive so late.
 */
function gather({ action, silenceTimeoutMs, prompt }: GatherOrder): string {
  const speechTimeout = Math.max(1, Math.ceil(silenceTimeoutMs / 1000));
  return `<Gather input="speech dtmf" action="${escapeXml(action)}" method="POST" timeout="10" speechTimeout="${speechTimeout}" actionOnEmptyResult="true" language="en-US">${prompt}</Gather>`;
}

function redirect(url: string): string {
  return `<Redirect method="POST">${escapeXml(url)}</Redirect>`;
}

function pause(seconds: number): string {
  return `<Pause length="${seconds}"/>`;
}

/** A second's pause, `W`, is documented for dialling only. */
function playDigits(digits: string): string {
  return `<Play digits="${escapeXml(digits.replaceAll("W", "ww"))}"/>`;
}

function hangUp(): string {
  return "<Hangup/>";
}

/** Queries of the URL are not sent, so what counts is in its path. */
function stream(url: string): string {
  return `<Connect><Stream url="${escapeXml(url)}"/></Connect>`;
}

export function reject(reason: "busy" | "rejected"): string {
  return `<Reject reason="${reason}"/>`;
}

export const twimlVerbs: Verbs = { response, say, gather, redirect, pause, playDigits, hangUp, stream };
