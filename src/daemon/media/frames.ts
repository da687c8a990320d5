// The measures of telephone audio: G.711 at 8,000 samples a second, a byte a sample, carried in frames of 20 ms.

export const bytesPerMs = 8;
export const frameMs = 20;
export const frameBytes = frameMs * bytesPerMs;

/** The largest number of bytes in whole frames that is not above `bytes`; at least one frame for 1 to 160. */
export function wholeFrames(bytes: number): number {
  return bytes > 0 && bytes < frameBytes ? frameBytes : Math.floor(bytes / frameBytes) * frameBytes;
}
