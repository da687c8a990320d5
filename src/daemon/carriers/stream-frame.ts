// Reading one text frame of a carrier's media socket, of which nothing is certain.
import { type Fields, parseFields, textOf } from "./json-fields.ts";
import type { StreamCodec, StreamEvent } from "./media.ts";

/** Longer than any frame of 20 ms, a `start` with its parameters included. */
const longestFrame = 64 * 1024;
const longestName = 200;

/** How one carrier's frames are read. Only what differs is here. */
export interface Wire {
  /** What its `start` says. */
  start(frame: Fields): {
    streamId: string | undefined;
    carrierCallId: string | undefined;
    encoding: "PCMU" | "PCMA" | undefined;
  };
  /** Whether a later frame is of this stream. */
  isOf(frame: Fields, streamId: string): boolean;
  /** A frame of the stream; undefined for events that say nothing to us. */
  event(name: string, frame: Fields): StreamEvent | undefined;
  /** Events that also come before the start, or for no stream. */
  loose?(name: string, frame: Fields): StreamEvent | undefined;
}

/** @returns a reader of one socket's frames, which calls `began` with the stream's id, once. */
export function createDecode(wire: Wire, began: (streamId: string) => void): StreamCodec["decode"] {
  let streamId: string | undefined;

  function start(frame: Fields): StreamEvent {
    const { streamId: id, carrierCallId, encoding } = wire.start(frame);
    if (id === undefined || carrierCallId === undefined) return malformed("a start without its stream or call");
    if (encoding === undefined) return malformed("a start with another encoding than G.711");
    if (streamId !== undefined) return malformed("a second start");
    streamId = id;
    began(id);
    return { type: "start", streamId: id, carrierCallId, encoding };
  }

  return (text) => {
    const frame = text.length > longestFrame ? undefined : parseFields(text);
    const name = frame?.["event"];
    if (frame === undefined || typeof name !== "string") return malformed("no JSON of an event");
    if (name === "connected") return undefined;
    if (name === "start") return start(frame);
    const loose = wire.loose?.(name, frame);
    if (loose !== undefined) return loose;
    if (streamId === undefined) return malformed("a frame before the start");
    return wire.isOf(frame, streamId) ? wire.event(name, frame) : malformed("a frame of another stream");
  };
}

function malformed(why: string): StreamEvent {
  return { type: "malformed", why };
}

/** A count, which some carriers write as text. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export function nameOf(value: unknown): string | undefined {
  const name = textOf(value);
  return name === undefined || name.length > longestName ? undefined : name;
}

/** One frame of the caller's side, however the carrier names its fields inside `media`. */
export function audioOf(media: Fields): StreamEvent | undefined {
  // The other direction is our own voice.
  const { track } = media;
  if (track === "outbound" || track === "outbound_track") return undefined;
  const payload = media["payload"];
  if (
    typeof payload !== "string" ||
    payload === "" ||
    payload.length % 4 !== 0 ||
    !/^[A-Za-z0-9+/]+={0,2}$/.test(payload)
  )
    return malformed("audio that is no base64");
  const timestampMs = countOf(media["timestamp"]);
  const chunk = countOf(media["chunk"]);
  if (timestampMs === undefined || chunk === undefined) return malformed("audio without its time or number");
  return { type: "audio", payload, timestampMs, chunk };
}

export function digitOf(value: unknown): StreamEvent {
  const digit = textOf(value)?.toUpperCase() ?? "";
  return /^[0-9A-D*#]$/.test(digit) ? { type: "digit", digit } : malformed("a key press without its key");
}

export function markOf(value: unknown): StreamEvent {
  const name = nameOf(value);
  return name === undefined ? malformed("a mark without its name") : { type: "mark", name };
}

/** G.711 by the names that carriers give it; undefined for what we do not speak. */
export function encodingOf(name: unknown, sampleRate: unknown): "PCMU" | "PCMA" | undefined {
  const rate = countOf(sampleRate);
  if (rate !== undefined && rate !== 8000) return undefined;
  switch (textOf(name)?.toLowerCase()) {
    case "pcmu":
    case "audio/x-mulaw":
    case "audio/x-mulaw;rate=8000":
      return "PCMU";
    case "pcma":
    case "audio/x-alaw":
      return "PCMA";
    default:
      return undefined;
  }
}
