// Which words of an utterance were heard, from how much of its audio was.
import { bytesPerMs } from "./frames.ts";

/** A measured way of speaking English; tells how long an utterance will be while it is still being made. */
const msPerCharacter = 65;

/** `total`: bytes of the whole utterance, absent while it is being made. Cut at the last whole word. */
export function heardText(text: string, heard: number, total: { bytes: number; known: boolean }): string {
  const whole = total.known ? total.bytes : Math.max(total.bytes, text.length * msPerCharacter * bytesPerMs);
  if (whole === 0 || heard <= 0) return "";
  if (total.known && heard >= whole) return text;
  const reached = Math.floor((text.length * heard) / whole);
  if (reached >= text.length) return text;
  return text.slice(0, Math.max(0, text.lastIndexOf(" ", reached))).trimEnd();
}
