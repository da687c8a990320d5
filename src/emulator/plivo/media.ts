// Plivo's audio stream messages, written from its published shapes (Plivo: "Audio streaming, stream events").
import type { AppMessage, Dialect } from "../media/dialect.ts";
import { bytesIn, hasFileHeader, membersIn, membersOf, type Members } from "../media/read-json.ts";

export interface PlivoStream {
  readonly streamId: string;
  readonly accountId: string;
  readonly callId: string;
}

const MAX_MESSAGE_BYTES = 64 * 1024;
/** Plivo holds about a minute. */
const MAX_BUFFERED_MS = 60_000;

export function plivoDialect({ streamId, accountId, callId }: PlivoStream): Dialect {
  let sequenceNumber = -1;
  const say = (event: string, content: Members): string => {
    sequenceNumber += 1;
    return JSON.stringify({ sequenceNumber, streamId, event, ...content, extra_headers: "{}" });
  };
  return {
    streamId,
    // Whether checkpoints are still told of after a clear is not documented: here they never are.
    returnsMarks: false,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxBufferedMs: MAX_BUFFERED_MS,
    hello: () => [],
    start() {
      sequenceNumber += 1;
      const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8000 };
      const start = { callId, streamId, accountId, tracks: ["inbound"], mediaFormat };
      return JSON.stringify({ sequenceNumber, event: "start", start, extra_headers: "{}" });
    },
    media: ({ ulaw, chunk, timestampMs }) =>
      say("media", {
        media: {
          track: "inbound",
          timestamp: String(timestampMs),
          chunk,
          payload: Buffer.from(ulaw).toString("base64"),
        },
      }),
    digit: (digit, timestampMs) => say("dtmf", { dtmf: { track: "inbound", digit, timestamp: String(timestampMs) } }),
    played: (name) => say("playedStream", { name }),
    cleared: () => say("clearedAudio", {}),
    stop: () => null,
    read: (message) => read(message, streamId),
  };
}

function read(text: string, streamId: string): AppMessage {
  const message = membersIn(text);
  if (message === null) {
    return { says: "nonsense", warning: "stream: the message is no JSON object", closes: true };
  }
  switch (message["event"]) {
    case "playAudio":
      return audio(membersOf(message["media"]) ?? {});
    case "sendDTMF":
      return typeof message["dtmf"] === "string" && /^[0-9*#]+$/.test(message["dtmf"])
        ? { says: "digits", digits: message["dtmf"] }
        : nonsense("keys that are none");
    case "checkpoint":
      return ofStream(message, streamId, () =>
        typeof message["name"] === "string" && message["name"] !== ""
          ? { says: "mark", name: message["name"] }
          : nonsense("a checkpoint without a name"),
      );
    case "clearAudio":
      return ofStream(message, streamId, () => ({ says: "clear" }));
    default:
      return nonsense("an event that Plivo does not know");
  }
}

function ofStream(message: Members, streamId: string, then: () => AppMessage): AppMessage {
  return message["streamId"] === streamId ? then() : nonsense("the message names another stream, or none");
}

function audio(media: Members): AppMessage {
  const ulaw = bytesIn(media["payload"]);
  if (media["contentType"] !== "audio/x-mulaw" || Number(media["sampleRate"]) !== 8000) {
    return nonsense("audio in another format than the stream's");
  }
  if (ulaw === null) {
    return nonsense("the payload is no base64");
  }
  return hasFileHeader(ulaw) ? nonsense("the payload begins with a file header") : { says: "audio", ulaw };
}

function nonsense(what: string): AppMessage {
  return { says: "nonsense", warning: `stream: ${what}` };
}
