// Twilio's media stream messages, written from its published shapes (Twilio: "Media Streams, WebSocket messages").
import type { AppMessage, Dialect } from "../media/dialect.ts";
import { bytesIn, hasFileHeader, membersIn, membersOf } from "../media/read-json.ts";

export interface TwilioStream {
  readonly streamId: string;
  readonly accountSid: string;
  readonly callSid: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Twilio holds ten minutes, and discards what is more (31931). */
const MAX_BUFFERED_MS = 600_000;

export function twilioDialect(stream: TwilioStream): Dialect {
  const { streamId: streamSid, accountSid, callSid, parameters } = stream;
  let sequence = 0;
  const say = (event: string, content: Readonly<Record<string, unknown>>): string => {
    sequence += 1;
    return JSON.stringify({ event, sequenceNumber: String(sequence), ...content, streamSid });
  };
  return {
    streamId: streamSid,
    returnsMarks: true,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxBufferedMs: MAX_BUFFERED_MS,
    hello: () => [JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" })],
    start: () =>
      say("start", {
        start: {
          accountSid,
          streamSid,
          callSid,
          tracks: ["inbound"],
          mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
          customParameters: parameters,
        },
      }),
    media: ({ ulaw, chunk, timestampMs }) =>
      say("media", {
        media: {
          track: "inbound",
          chunk: String(chunk),
          timestamp: String(timestampMs),
          payload: Buffer.from(ulaw).toString("base64"),
        },
      }),
    digit: (digit) => say("dtmf", { dtmf: { track: "inbound_track", digit } }),
    played: (name) => say("mark", { mark: { name } }),
    cleared: () => null,
    stop: () => say("stop", { stop: { accountSid, callSid } }),
    read: (message) => read(message, streamSid),
  };
}

function read(text: string, streamSid: string): AppMessage {
  const message = membersIn(text);
  if (message === null) {
    return { says: "nonsense", warning: "31924 Stream - Protocol - the message is no JSON object", closes: true };
  }
  if (message["streamSid"] !== streamSid) {
    return nonsense("the message names another stream, or none");
  }
  switch (message["event"]) {
    case "media":
      return audio(membersOf(message["media"])?.["payload"]);
    case "mark": {
      const name = membersOf(message["mark"])?.["name"];
      return typeof name === "string" && name !== "" ? { says: "mark", name } : nonsense("a mark without a name");
    }
    case "clear":
      return { says: "clear" };
    default:
      return nonsense("an event that Twilio does not know");
  }
}

function audio(payload: unknown): AppMessage {
  const ulaw = bytesIn(payload);
  if (ulaw === null) {
    return nonsense("the payload is no base64");
  }
  return hasFileHeader(ulaw) ? nonsense("the payload begins with a file header") : { says: "audio", ulaw };
}

function nonsense(what: string): AppMessage {
  return { says: "nonsense", warning: `31924 Stream - Protocol - ${what}` };
}
