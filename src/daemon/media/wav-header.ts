// The head of a stereo WAV file of G.711 codes at 8 kHz.

export type Law = "ulaw" | "alaw";

const formatTags = { alaw: 6, ulaw: 7 } satisfies Record<Law, number>;

export const headerBytes = 58;

/** `soundBytes`: what follows, two bytes for each moment. */
export function wavHeader(law: Law, soundBytes: number): Uint8Array {
  const header = Buffer.alloc(headerBytes);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(headerBytes - 8 + soundBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(formatTags[law], 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(8, 34);
  // Files that are not plain PCM say again how long they are, in samples.
  header.write("fact", 38, "latin1");
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(soundBytes / 2, 46);
  header.write("data", 50, "latin1");
  header.writeUInt32LE(soundBytes, 54);
  return header;
}
