// Reads one media socket from its first frame on: nothing but a right `start` makes it the call's.
import type { ExpectedStream, MediaSocket, StreamEvent } from "../carriers/media.ts";
import { StreamLink } from "./stream-link.ts";

/** Where the frames of a socket that has begun go. */
export interface AttachedStream {
  received(link: StreamLink, event: StreamEvent): void;
  detach(link: StreamLink, why: string): void;
}

export interface StreamReaderPorts {
  begun(): void;
  /** Undefined when the call does not stream (any more). */
  attach(link: StreamLink): AttachedStream | undefined;
}

/** Policy violation (RFC 6455 §7.4.1): a peer that does not keep to the protocol. */
const refused = 1008;

export function readStream(socket: MediaSocket, expected: ExpectedStream, ports: StreamReaderPorts): void {
  const codec = expected.media.codec();
  let attached: { link: StreamLink; stream: AttachedStream } | undefined;

  function start({ carrierCallId, encoding }: Extract<StreamEvent, { type: "start" }>): void {
    const { carrierCallId: leg } = expected;
    if (leg !== undefined && leg !== carrierCallId) return socket.close(refused);
    ports.begun();
    const link = new StreamLink(socket, codec, encoding);
    const stream = ports.attach(link);
    if (stream === undefined) return socket.close(refused);
    attached = { link, stream };
  }

  socket.listen({
    message(frame) {
      const event = codec.decode(frame);
      if (event === undefined) return;
      if (attached === undefined) {
        if (event.type === "start") start(event);
        else if (event.type !== "stop" && event.type !== "complaint") socket.close(refused);
      } else if (event.type === "stop") socket.close(1000);
      else attached.stream.received(attached.link, event);
    },
    closed(code) {
      const { link, stream } = attached ?? {};
      attached = undefined;
      if (link !== undefined) stream?.detach(link, `the media stream ended (${code})`);
    },
  });
}
