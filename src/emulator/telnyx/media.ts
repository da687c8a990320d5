// Telnyx's media stream messages, written from its published shapes (Telnyx: "Media streaming over WebSockets").
import { alawOf, ulawOf } from "../media/alaw.ts";
import type { AppMessage, Dialect } from "../media/dialect.ts";
import { bytesIn, hasFileHeader, membersIn, membersOf, type Members } from "../media/read-json.ts";
import type { CallIdentity } from "./call-record.ts";

export interface TelnyxStream {
  readonly streamId: string;
  readonly identity: CallIdentity;
  readonly clientState: string | null;
  /** What the leg speaks; what is sent to it must be the same. */
  readonly encoding: "PCMU" | "PCMA";
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_BUFFERED_MS = 600_000;
/** 20 ms to 30 s. */
const FRAME_BYTES = { min: 160, max: 240_000 };
const USER_ID = "00000000-0000-4000-8000-000000000001";

export function telnyxDialect(stream: TelnyxStream): Dialect {
  const { streamId, identity, clientState, encoding } = stream;
  const { callControlId: call_control_id, callSessionId: call_session_id, from, to } = identity;
  let sequence = 0;
  const say = (event: string, content: Members): string => {
    sequence += 1;
    return JSON.stringify({ event, sequence_number: String(sequence), ...content, stream_id: streamId });
  };
  return {
    streamId,
    returnsMarks: true,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxBufferedMs: MAX_BUFFERED_MS,
    hello: () => [JSON.stringify({ event: "connected", version: "1.0.0" })],
    start() {
      const media_format = { encoding, sample_rate: 8000, channels: 1 };
      const call = { user_id: USER_ID, call_control_id, call_session_id, from, to, tags: [] };
      return say("start", { start: { ...call, client_state: clientState, media_format } });
    },
    media: ({ ulaw, chunk, timestampMs }) =>
      say("media", {
        media: {
          track: "inbound",
          chunk: String(chunk),
          timestamp: String(timestampMs),
          payload: Buffer.from(encoding === "PCMA" ? alawOf(ulaw) : ulaw).toString("base64"),
        },
      }),
    digit: (digit) => say("dtmf", { dtmf: { digit } }),
    played: (name) => say("mark", { mark: { name } }),
    cleared: () => null,
    stop: () => say("stop", { stop: { user_id: USER_ID, call_control_id } }),
    read: (message) => {
      const read = readMessage(message, streamId);
      return read.says === "audio" && encoding === "PCMA" ? { ...read, ulaw: ulawOf(read.ulaw) } : read;
    },
  };
}

function readMessage(text: string, streamId: string): AppMessage {
  const message = membersIn(text);
  switch (message?.["event"]) {
    case "media":
      return audio(membersOf(message["media"])?.["payload"], streamId);
    case "mark": {
      const name = membersOf(message["mark"])?.["name"];
      return typeof name === "string" && name !== ""
        ? { says: "mark", name }
        : malformed(streamId, "a mark needs a name");
    }
    case "clear":
      return { says: "clear" };
    default:
      return malformed(streamId, message === null ? "the frame is no JSON object" : "the event is unknown");
  }
}

function audio(payload: unknown, streamId: string): AppMessage {
  const bytes = bytesIn(payload);
  if (bytes === null || hasFileHeader(bytes)) {
    return refused({ code: 100_004, title: "invalid_media", detail: "the payload is no audio in base64" }, streamId);
  }
  if (bytes.length < FRAME_BYTES.min || bytes.length > FRAME_BYTES.max) {
    return refused({ code: 100_004, title: "invalid_media", detail: "a frame holds 20 ms to 30 s" }, streamId);
  }
  return { says: "audio", ulaw: bytes };
}

function malformed(streamId: string, detail: string): AppMessage {
  return refused({ code: 100_003, title: "malformed_frame", detail }, streamId);
}

/** Telnyx complains over the socket and goes on. */
function refused(error: { code: number; title: string; detail: string }, streamId: string): AppMessage {
  return {
    says: "nonsense",
    warning: `stream: ${error.code} ${error.title}: ${error.detail}`,
    reply: JSON.stringify({ event: "error", payload: error, stream_id: streamId }),
  };
}
