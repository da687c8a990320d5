// Plivo XML, its document of elements: one small function an element, everything escaped.
import type { GatherOrder, Verbs } from "../script.ts";
import { spokenParts } from "../spoken-parts.ts";
import { escapeXml } from "../xml-text.ts";

/** Plivo's limit for one `<Speak>`, in characters. */
const maxSpeakLength = 3000;

function response(...verbs: string[]): string {
  return `<Response>${verbs.join("")}</Response>`;
}

/** One `<Speak>` or several: a long text is parted at sentences, else at words. */
function say(text: string): string {
  return spokenParts(text, maxSpeakLength)
    .map((part) => `<Speak>${escapeXml(part)}</Speak>`)
    .join("");
}

/**
 * Hears speech or keys, at most a minute long. Plivo knows a silence of 2 to 10 whole seconds, and does not call `action`
 * when it heard nothing: it goes on behind the element, where the same URL is asked without words.
 */
function gather({ action, silenceTimeoutMs, prompt }: GatherOrder): string {
  const speechEnd = Math.min(10, Math.max(2, Math.ceil(silenceTimeoutMs / 1000)));
  return `<GetInput action="${escapeXml(action)}" method="POST" inputType="dtmf speech" executionTimeout="60" digitEndTimeout="3" speechEndTimeout="${speechEnd}" language="en-US">${prompt}</GetInput>${redirect(action)}`;
}

function redirect(url: string): string {
  return `<Redirect method="POST">${escapeXml(url)}</Redirect>`;
}

function pause(seconds: number): string {
  return `<Wait length="${seconds}"/>`;
}

function playDigits(digits: string): string {
  return `<DTMF>${escapeXml(digits)}</DTMF>`;
}

function hangUp(): string {
  return "<Hangup/>";
}

/** With `keepCallAlive` what follows waits until the stream is over. */
function stream(url: string): string {
  return `<Stream bidirectional="true" keepCallAlive="true" audioTrack="inbound" contentType="audio/x-mulaw;rate=8000">${escapeXml(url)}</Stream>`;
}

/** Must be the first element: the call is then never answered. */
export function reject(reason: "busy" | "rejected"): string {
  return `<Hangup reason="${reason}"/>`;
}

export const plivoVerbs: Verbs = { response, say, gather, redirect, pause, playDigits, hangUp, stream };
