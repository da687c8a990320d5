// The mock's own media frames, both ways: what its line says and what it understands.
import { type Fields, fieldsOf, parseFields, textOf } from "../json-fields.ts";
import type { StreamCodec, StreamEvent } from "../media.ts";
import { audioOf, createDecode, digitOf, encodingOf, markOf, nameOf, type Wire } from "../stream-frame.ts";

/** Two seconds. */
const maxAudioBytes = 16_000;

export function createMockCodec(): StreamCodec {
  return {
    reorders: false,
    marksAfterClear: true,
    maxAudioBytes,
    decode: createDecode(wire, () => undefined),
    audio: (payload) => `{"event":"media","payload":"${payload}"}`,
    mark: (name) => `{"event":"mark","name":${JSON.stringify(name)}}`,
    clear: () => `{"event":"clear"}`,
  };
}

const wire: Wire = {
  start: (frame) => ({
    streamId: nameOf(frame["stream"]),
    carrierCallId: nameOf(frame["leg"]),
    encoding: encodingOf(frame["encoding"], frame["rate"]),
  }),
  isOf: (frame, streamId) => frame["stream"] === streamId,
  event: readEvent,
};

function readEvent(name: string, frame: Fields): StreamEvent | undefined {
  switch (name) {
    case "media":
      return audioOf(fieldsOf(frame["media"]) ?? {});
    case "mark":
      return markOf(frame["name"]);
    case "dtmf":
      return digitOf(frame["digit"]);
    case "stop":
      return { type: "stop" };
    default:
      return undefined;
  }
}

/** What the line says over its socket. */
export interface MockFrames {
  start(): string;
  media(frame: { ulaw: Uint8Array; chunk: number; timestampMs: number }): string;
  mark(name: string): string;
  stop(): string;
}

export function mockFrames(stream: string, leg: string): MockFrames {
  const say = (event: string, content: object): string => JSON.stringify({ event, stream, ...content });
  return {
    start: () => say("start", { leg, encoding: "PCMU", rate: 8000 }),
    media: ({ ulaw, chunk, timestampMs }) =>
      say("media", {
        media: {
          track: "inbound",
          chunk,
          timestamp: timestampMs,
          payload: Buffer.from(ulaw.buffer, ulaw.byteOffset, ulaw.length).toString("base64"),
        },
      }),
    mark: (name) => say("mark", { name }),
    stop: () => say("stop", {}),
  };
}

export type MockOrder = { type: "audio"; ulaw: Uint8Array } | { type: "mark"; name: string } | { type: "clear" };

/** What the codec has written; undefined for anything else. */
export function readMockOrder(text: string): MockOrder | undefined {
  const frame = parseFields(text);
  switch (frame?.["event"]) {
    case "media":
      return { type: "audio", ulaw: Buffer.from(textOf(frame["payload"]) ?? "", "base64") };
    case "mark":
      return { type: "mark", name: textOf(frame["name"]) ?? "" };
    case "clear":
      return { type: "clear" };
    default:
      return undefined;
  }
}
