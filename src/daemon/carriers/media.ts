// What the core knows of a carrier's media streams: one codec a socket, and the orders that begin and end a stream.

/** One leg, as every order after the dial names it. */
export interface Leg {
  callId: string;
  carrierCallId: string;
}

/** One thing that a carrier says over a media socket. */
export type StreamEvent =
  /** The stream is up. `carrierCallId`: the leg, in the carrier's words, which must be the call's. */
  | { type: "start"; streamId: string; carrierCallId: string; encoding: "PCMU" | "PCMA" }
  /** 20 ms of the caller, G.711 in base64. `timestampMs`: since the stream began. `chunk`: for those who send out of order. */
  | { type: "audio"; payload: string; timestampMs: number; chunk: number }
  /** Everything before the mark was played, or thrown away by a clear. */
  | { type: "mark"; name: string }
  | { type: "cleared" }
  | { type: "digit"; digit: string }
  | { type: "stop" }
  /** The carrier complains about a message of ours. */
  | { type: "complaint"; message: string }
  /** Not to be read, or of another stream: counted, and after too many the socket is closed. */
  | { type: "malformed"; why: string };

/** Reads and writes one socket's text frames; holds the stream's id. */
export interface StreamCodec {
  /** One frame makes no event (keep-alive, another track), or one. Never throws. */
  decode(frame: string): StreamEvent | undefined;
  /** `payload`: G.711 in base64, in the encoding of the `start`. Made by joining strings: it is the hot path. */
  audio(payload: string): string;
  mark(name: string): string;
  clear(): string;
  /** Frames may come out of order within a few (Telnyx). */
  readonly reorders: boolean;
  /** Pending marks come back at a clear (Twilio, Telnyx); else they may never come (Plivo). */
  readonly marksAfterClear: boolean;
  /** The most bytes of G.711 in one message. */
  readonly maxAudioBytes: number;
}

/** One media socket, once it stands: of the public listener, or inside this process. Only text goes over it. */
export interface MediaSocket {
  /** Bytes that were sent and have not left. */
  readonly bufferedAmount: number;
  /** Does nothing once the socket is closed. */
  send(frame: string): void;
  close(code: number): void;
  /** Sets who listens, once, in the tick in which the socket is handed over. Nothing comes after `closed`. */
  listen(listener: MediaSocketListener): void;
}

export interface MediaSocketListener {
  message(frame: string): void;
  /** Once, whoever closed it. */
  closed(code: number): void;
}

/** The upgrade request of a media socket, as it came in. */
export interface RawUpgrade {
  /** Path and query exactly as requested. */
  target: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  alsoAt?: readonly string[];
}

export interface CarrierMedia {
  /** Tells what is said on a stream by itself, as words; a recogniser of ours may listen as well. */
  readonly hears: boolean;
  /** Whether the signature of an upgrade is right; carriers that sign none say `unsigned`, and the token alone counts. */
  verify(raw: RawUpgrade): "signed" | "unsigned" | "wrong";
  codec(): StreamCodec;
  /**
   * Has the carrier open a media socket on a line that is up; the socket arrives at the public listener, unless the line is
   * inside this process: then it is the result. `url`: makes a wss URL with its token; asked only by who sends it.
   */
  attach(leg: Leg, url: () => string, signal: AbortSignal): Promise<MediaSocket | undefined>;
  /** Ends streaming so that the carrier's own voice and recogniser can take over; no stream there is no error. */
  detach(leg: Leg, signal: AbortSignal): Promise<void>;
}

/** A call that expects a media socket. */
export interface ExpectedStream {
  media: Pick<CarrierMedia, "codec" | "verify">;
  /** The leg, when it is known; a stream of another one is refused. */
  carrierCallId: string | undefined;
}
