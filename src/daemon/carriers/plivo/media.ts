// Plivo's audio streams: who may open a socket, its codec, and the documents that begin and end a stream.
import type { Leg } from "../carrier.ts";
import type { CarrierMedia } from "../media.ts";
import { createPlivoCodec } from "./stream-codec.ts";
import { createVerifyUpgrade, type VerifyOptions } from "./verify.ts";

interface MediaOptions extends VerifyOptions {
  /** Has the line fetch its next document. */
  fetchNext(leg: Leg, signal: AbortSignal): Promise<void>;
}

export function createMedia({ fetchNext, ...verifying }: MediaOptions): CarrierMedia {
  return {
    hears: false,
    verify: createVerifyUpgrade(verifying),
    codec: createPlivoCodec,
    // The document that the line fetches names the socket.
    async attach(leg, _url, signal) {
      await fetchNext(leg, signal);
      return undefined;
    },
    // The next document that the line fetches ends the stream.
    detach: () => Promise.resolve(),
  };
}
