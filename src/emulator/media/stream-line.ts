// The state of a media socket in words, for the person at a terminal.
import type { StreamView } from "./audio.ts";

export function streamLine({ state, refusedWith, closeCode }: StreamView): string {
  const refused = refusedWith === null ? "" : `, refused with ${refusedWith}`;
  const closed = closeCode === null ? "" : `, closed with ${closeCode}`;
  return state + refused + closed;
}
