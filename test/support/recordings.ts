// Looks into the recording of a call: its two sides, and how much of each is sound.
import { readFile } from "node:fs/promises";
import { ulaw } from "../../src/daemon/media/g711.ts";

const headerBytes = 58;

/** The caller stands left, we stand right. */
export async function readStereo(file: string): Promise<{ caller: Int16Array; ours: Int16Array }> {
  const bytes = (await readFile(file)).subarray(headerBytes);
  const side = (first: 0 | 1): Int16Array => ulaw.decode(bytes.filter((_, at) => at % 2 === first));
  return { caller: side(0), ours: side(1) };
}

/** How much of it is louder than line noise, in stretches of 20 ms. */
export function soundMs(samples: Int16Array): number {
  let loud = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    if (samples.subarray(at, at + 160).some((sample) => Math.abs(sample) > 250)) loud += 20;
  }
  return loud;
}
