// Frames of µ-law in the two forms that services take: bytes, and base64 that is passed on as it came.
import type { UlawFrame } from "../transcriber.ts";

/** Bytes in a frame, without decoding it. */
export function base64Length({ base64 }: UlawFrame): number {
  const padding = base64.endsWith("==") ? 2 : Number(base64.endsWith("="));
  return (base64.length * 3) / 4 - padding;
}

export function bytesLength({ bytes }: UlawFrame): number {
  return bytes.length;
}

export function joined(frames: readonly UlawFrame[]): Uint8Array {
  const [first] = frames;
  return frames.length === 1 && first !== undefined ? first.bytes : Buffer.concat(frames.map(({ bytes }) => bytes));
}

const silence = new Uint8Array(160).fill(0xff);

/** 20 ms of silence, for services that must not be left without audio. */
export const silentFrame: UlawFrame = { bytes: silence, base64: Buffer.from(silence).toString("base64") };
