// Twilio's media streams: who may open a socket, its codec, and the documents that begin and end a stream.
import type { CarrierMedia } from "../media.ts";
import { createTwilioCodec } from "./stream-codec.ts";
import { createVerifyUpgrade, type VerifyOptions } from "./verify.ts";

interface MediaOptions extends VerifyOptions {
  /** Pushes the document that streams. */
  attach: CarrierMedia["attach"];
}

export function createMedia(options: MediaOptions): CarrierMedia {
  return {
    hears: false,
    verify: createVerifyUpgrade(options),
    codec: createTwilioCodec,
    attach: options.attach,
    // The next document that is pushed ends the stream.
    detach: () => Promise.resolve(),
  };
}
