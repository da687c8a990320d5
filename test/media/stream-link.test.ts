import { expect, test } from "vitest";
import { createTelnyxCodec } from "../../src/daemon/carriers/telnyx/stream-codec.ts";
import { StreamLink } from "../../src/daemon/media/stream-link.ts";

test.for([
  ["PCMU", 0xff],
  ["PCMA", 0xd5],
] as const)(
  "the last sliver of an utterance is a whole frame on the wire, filled with the silence of %s",
  ([law, silence]) => {
    const sent: string[] = [];
    const nothing = (): void => undefined;
    const socket = {
      bufferedAmount: 0,
      send: (frame: string) => void sent.push(frame),
      close: nothing,
      listen: nothing,
    };
    new StreamLink(socket, createTelnyxCodec(), law).audio(new Uint8Array(65).fill(0x80));
    const { media } = JSON.parse(sent[0] ?? "") as { media: { payload: string } };
    const codes = Buffer.from(media.payload, "base64");
    expect(codes).toHaveLength(160);
    expect(new Set(codes.subarray(65))).toEqual(new Set([silence]));
    expect(codes[64]).not.toBe(silence);
  },
);
