// Telnyx's media stream frames (Telnyx: "Media streaming over WebSockets").
import { type Fields, fieldsOf, textOf } from "../json-fields.ts";
import type { StreamCodec, StreamEvent } from "../media.ts";
import { audioOf, countOf, createDecode, encodingOf, markOf, nameOf, type Wire } from "../stream-frame.ts";

/** Two seconds of G.711; Telnyx takes 20 ms to 30 s in a message. */
const maxAudioBytes = 16_000;

export function createTelnyxCodec(): StreamCodec {
  return {
    reorders: true,
    marksAfterClear: true,
    maxAudioBytes,
    // What is sent names no stream: there is one a call.
    decode: createDecode(wire, () => undefined),
    audio: (payload) => `{"event":"media","media":{"payload":"${payload}"}}`,
    mark: (name) => `{"event":"mark","mark":{"name":${JSON.stringify(name)}}}`,
    clear: () => `{"event":"clear"}`,
  };
}

const wire: Wire = {
  start(frame) {
    const start = fieldsOf(frame["start"]) ?? {};
    const format = fieldsOf(start["media_format"]) ?? {};
    return {
      streamId: nameOf(frame["stream_id"]),
      carrierCallId: nameOf(start["call_control_id"]),
      // It is the leg's own where Telnyx does not keep to the one that was asked for.
      encoding: encodingOf(format["encoding"], format["sample_rate"]),
    };
  },
  isOf: (frame, streamId) => frame["stream_id"] === streamId,
  event: readEvent,
  loose: (name, frame) => (name === "error" ? { type: "complaint", message: complaintOf(frame) } : undefined),
};

/** A key that is pressed comes as a webhook as well, which is kept; heard here too it would count twice. */
function readEvent(name: string, frame: Fields): StreamEvent | undefined {
  switch (name) {
    case "media":
      return audioOf(fieldsOf(frame["media"]) ?? {});
    case "mark":
      return markOf(fieldsOf(frame["mark"])?.["name"]);
    case "stop":
      return { type: "stop" };
    default:
      return undefined;
  }
}

function complaintOf(frame: Fields): string {
  const error = fieldsOf(frame["payload"]) ?? {};
  const words = [countOf(error["code"])?.toString(), textOf(error["title"]), textOf(error["detail"])];
  const message = words.filter((word) => word !== undefined).join(" ");
  return message.slice(0, 200) || "an error without words";
}
