// Reads 16-bit little-endian samples from bytes that arrive in pieces of any length.

export class Pcm16Reader {
  /** The first byte of a sample whose second has not come yet. */
  #half: number | undefined;

  /** The samples that are whole now; an odd byte waits for the next piece. */
  push(bytes: Uint8Array): Int16Array<ArrayBuffer> {
    const half = this.#half;
    const carried = half === undefined ? 0 : 1;
    const samples = new Int16Array((bytes.length + carried) >> 1);
    let at = 0;
    let next = 0;
    if (half !== undefined && samples.length > 0) samples[next++] = half | ((bytes[at++] ?? 0) << 8);
    for (; next < samples.length; at += 2) samples[next++] = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    if (bytes.length > 0) this.#half = bytes[at];
    return samples;
  }
}
