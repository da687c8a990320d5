// Twilio's media stream frames (Twilio: "Media Streams, WebSocket messages").
import { type Fields, fieldsOf } from "../json-fields.ts";
import type { StreamCodec, StreamEvent } from "../media.ts";
import { audioOf, createDecode, digitOf, encodingOf, markOf, nameOf, type Wire } from "../stream-frame.ts";

/** Two seconds of G.711: Twilio takes any size, and what we are ahead is kept small anyway. */
const maxAudioBytes = 16_000;

export function createTwilioCodec(): StreamCodec {
  let media = "";
  let marks = "";
  let clears = "";
  return {
    reorders: false,
    marksAfterClear: true,
    maxAudioBytes,
    decode: createDecode(wire, (streamId) => {
      const of = `"streamSid":${JSON.stringify(streamId)}`;
      media = `{"event":"media",${of},"media":{"payload":"`;
      marks = `{"event":"mark",${of},"mark":{"name":`;
      clears = `{"event":"clear",${of}}`;
    }),
    audio: (payload) => `${media}${payload}"}}`,
    mark: (name) => `${marks}${JSON.stringify(name)}}}`,
    clear: () => clears,
  };
}

const wire: Wire = {
  start(frame) {
    const start = fieldsOf(frame["start"]) ?? {};
    const format = fieldsOf(start["mediaFormat"]) ?? {};
    return {
      streamId: nameOf(frame["streamSid"]) ?? nameOf(start["streamSid"]),
      carrierCallId: nameOf(start["callSid"]),
      encoding: encodingOf(format["encoding"], format["sampleRate"]),
    };
  },
  isOf: (frame, streamId) => frame["streamSid"] === streamId,
  event: readEvent,
};

function readEvent(name: string, frame: Fields): StreamEvent | undefined {
  switch (name) {
    case "media":
      return audioOf(fieldsOf(frame["media"]) ?? {});
    case "mark":
      return markOf(fieldsOf(frame["mark"])?.["name"]);
    case "dtmf":
      return digitOf(fieldsOf(frame["dtmf"])?.["digit"]);
    case "stop":
      return { type: "stop" };
    default:
      return undefined;
  }
}
