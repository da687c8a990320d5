// How loud a stretch of µ-law is; cheap enough for every frame of every call.
import { ulaw } from "./g711.ts";

const magnitudes = ulaw.decode(Uint8Array.from({ length: 256 }, (_, code) => code)).map((level) => Math.abs(level));

/** Mean absolute amplitude, of 32,768. Line noise is below 100, speech from 300 on. */
export function loudness(codes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < codes.length; at++) sum += magnitudes[codes[at] ?? 0] ?? 0;
  return codes.length === 0 ? 0 : sum / codes.length;
}
