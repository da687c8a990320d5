// Plivo's audio stream frames (Plivo: "Audio streaming, stream events").
import { type Fields, fieldsOf, textOf } from "../json-fields.ts";
import type { StreamCodec, StreamEvent } from "../media.ts";
import { audioOf, createDecode, digitOf, encodingOf, markOf, nameOf, type Wire } from "../stream-frame.ts";

/** Plivo advises at most 16 KB of base64 in a message. */
const maxAudioBytes = 12_000;
/** A time stamp beyond this is one of the day, not of the stream. */
const longestStreamMs = 10 ** 11;

export function createPlivoCodec(): StreamCodec {
  let checkpoints = "";
  let clears = "";
  let beganAt: number | undefined;
  const decode = createDecode(wire, (streamId) => {
    const of = `"streamId":${JSON.stringify(streamId)}`;
    checkpoints = `{"event":"checkpoint",${of},"name":`;
    clears = `{"event":"clearAudio",${of}}`;
  });
  return {
    reorders: false,
    marksAfterClear: false,
    maxAudioBytes,
    decode(text) {
      const event = decode(text);
      if (event?.type !== "audio") return event;
      beganAt ??= event.timestampMs > longestStreamMs ? event.timestampMs : 0;
      return { ...event, timestampMs: Math.max(0, event.timestampMs - beganAt) };
    },
    audio: (payload) =>
      `{"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"${payload}"}}`,
    mark: (name) => `${checkpoints}${JSON.stringify(name)}}`,
    clear: () => clears,
  };
}

const wire: Wire = {
  start(frame) {
    const start = fieldsOf(frame["start"]) ?? {};
    const format = fieldsOf(start["mediaFormat"]) ?? {};
    return {
      streamId: nameOf(start["streamId"]) ?? nameOf(frame["streamId"]),
      carrierCallId: nameOf(start["callId"]),
      encoding: encodingOf(format["encoding"], format["sampleRate"]),
    };
  },
  // Not every event is documented to name it.
  isOf: ({ streamId: of }, streamId) => of === undefined || of === streamId,
  event: readEvent,
};

function readEvent(name: string, frame: Fields): StreamEvent | undefined {
  switch (name) {
    case "media":
      return audioOf(fieldsOf(frame["media"]) ?? {});
    case "playedStream":
      return markOf(frame["name"]);
    case "clearedAudio":
      return { type: "cleared" };
    case "dtmf":
      return digitOf(fieldsOf(frame["dtmf"])?.["digit"]);
    case "stop":
      return { type: "stop" };
    case "playFailed":
    case "incorrectPayload":
    case "error":
      return { type: "complaint", message: complaintOf(name, frame) };
    default:
      return undefined;
  }
}

function complaintOf(name: string, frame: Fields): string {
  const words = textOf(frame["reason"]) ?? textOf(frame["message"]) ?? textOf(frame["error"]);
  return (words === undefined ? name : `${name}: ${words}`).slice(0, 200);
}
