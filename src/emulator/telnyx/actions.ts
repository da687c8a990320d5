// The actions on a call: when each is legal, what its body must hold, and what it does.
import type { TelnyxCall } from "./call.ts";
import type { Transcription } from "./call-record.ts";
import type { Fields } from "./fields.ts";
import type { GatherPlan } from "./gather.ts";
import { RestError } from "./rest-error.ts";
import type { Playable } from "./speech-queue.ts";

interface Action {
  readonly method: "POST" | "PUT";
  /** Throws `RestError` when the call is in no state for it. */
  readonly guard: (call: TelnyxCall) => void;
  /** Checks the body and gives what is to be done. Throws `RestError`. */
  readonly read: (fields: Fields, call: TelnyxCall) => () => void;
}

/** The SDK and the documentation name this limit; the error text names a higher one. */
const MAX_PAYLOAD = 3000;
const BASIC_VOICES = new Set(["male", "female"]);
const STOPS = ["current", "all"] as const;
const G711 = ["PCMU", "PCMA"] as const;
const TRACKS = ["inbound", "outbound", "both"] as const;

const anyTime = (): void => undefined;

function answered(call: TelnyxCall): void {
  if (call.record.state !== "answered") {
    throw new RestError("90034");
  }
}

/** While a bidirectional stream runs, its socket is the only voice. */
function notStreaming(call: TelnyxCall): void {
  answered(call);
  if (call.streaming.active) {
    throw new RestError("90045");
  }
}

function streaming(call: TelnyxCall): void {
  answered(call);
  if (!call.streaming.active) {
    throw new RestError("90046");
  }
}

function parked(call: TelnyxCall): void {
  if (call.record.direction === "outgoing") {
    throw new RestError("90102");
  }
  if (call.record.state !== "parked") {
    throw new RestError("10015");
  }
}

function ofAnswered(read: Action["read"]): Action {
  return { method: "POST", guard: answered, read };
}

/** By their name in the path. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["answer", { method: "POST", guard: parked, read: readAnswer }],
  ["reject", { method: "POST", guard: parked, read: readReject }],
  ["hangup", { method: "POST", guard: anyTime, read: (_, call) => () => call.endByCommand() }],
  ["client_state_update", { method: "PUT", guard: anyTime, read: readClientState }],
  ["speak", { method: "POST", guard: notStreaming, read: readSpeak }],
  ["playback_start", ofAnswered(readPlayback)],
  ["playback_stop", ofAnswered(readPlaybackStop)],
  ["transcription_start", ofAnswered(readTranscription)],
  ["transcription_stop", ofAnswered((_, call) => () => call.conversation.stopTranscription())],
  ["gather", ofAnswered((fields, call) => gathering(call, gatherPlan(fields), null))],
  ["gather_using_speak", ofAnswered(readGatherUsingSpeak)],
  ["gather_using_audio", ofAnswered(readGatherUsingAudio)],
  ["gather_stop", ofAnswered((_, call) => () => call.conversation.stopGather())],
  ["send_dtmf", ofAnswered(readDigits)],
  ["streaming_start", { method: "POST", guard: notStreaming, read: readStreaming }],
  ["streaming_stop", { method: "POST", guard: streaming, read: (_, call) => () => call.streaming.stop() }],
]);

function readAnswer(fields: Fields, call: TelnyxCall): () => void {
  const webhookUrl = fields.url("webhook_url");
  const transcription = wantedTranscription(fields);
  return () => call.answer({ webhookUrl, transcription });
}

function readReject(fields: Fields, call: TelnyxCall): () => void {
  fields.required("cause");
  const cause = fields.oneOf("cause", ["CALL_REJECTED", "USER_BUSY"]);
  return () => call.endByCommand(cause === "USER_BUSY" ? "user_busy" : "call_rejected");
}

function readClientState(fields: Fields): () => void {
  fields.required("client_state");
  return anyTime;
}

function readSpeak(fields: Fields, call: TelnyxCall): () => void {
  const text = spokenText(fields);
  const stop = optionalStop(fields);
  return () => call.conversation.speak(playable(call, "speak", text), stop);
}

function readPlayback(fields: Fields, call: TelnyxCall): () => void {
  const url = audioUrl(fields);
  const stop = optionalStop(fields);
  return () => call.conversation.speak(playable(call, "play", url), stop);
}

function readPlaybackStop(fields: Fields, call: TelnyxCall): () => void {
  const what = fields.oneOf("stop", ["all", "current"]);
  return () => call.conversation.stopPlayback(what);
}

function readTranscription(fields: Fields, call: TelnyxCall): () => void {
  if (call.record.transcription !== null) {
    throw new RestError("90054");
  }
  const transcription = transcriptionIn(fields);
  return () => call.conversation.startTranscription(transcription);
}

function readGatherUsingSpeak(fields: Fields, call: TelnyxCall): () => void {
  const text = spokenText(fields);
  return gathering(call, gatherPlan(fields), { kind: "speak", text });
}

function readGatherUsingAudio(fields: Fields, call: TelnyxCall): () => void {
  const text = audioUrl(fields);
  return gathering(call, gatherPlan(fields), { kind: "play", text });
}

function readDigits(fields: Fields, call: TelnyxCall): () => void {
  const digits = fields.required("digits");
  if (!/^[0-9A-DwW*#]+$/.test(digits)) {
    throw new RestError("90057", "digits");
  }
  fields.integer("duration_millis", { min: 100, max: 500, otherwise: 250 });
  return () => call.conversation.sendDigits(digits);
}

/** Only what is emulated: both ways, G.711 at 8000 Hz, the other party's track. */
function readStreaming(fields: Fields, call: TelnyxCall): () => void {
  fields.required("stream_url");
  const url = fields.url("stream_url", /^wss?:\/\//i) ?? "";
  fields.oneOf("stream_track", ["inbound_track"]);
  fields.oneOf("stream_codec", ["default", ...G711]);
  fields.required("stream_bidirectional_mode");
  fields.oneOf("stream_bidirectional_mode", ["rtp"]);
  fields.oneOf("stream_bidirectional_codec", G711);
  fields.integer("stream_bidirectional_sampling_rate", { min: 8000, max: 8000, otherwise: 8000 });
  fields.oneOf("stream_bidirectional_target_legs", ["opposite", "self", "both"]);
  return () => call.streaming.start(url);
}

/** Transcription asked for together with dial or answer. Throws `RestError`. */
export function wantedTranscription(fields: Fields): Transcription | null {
  return fields.flag("transcription") ? transcriptionIn(fields.object("transcription_config")) : null;
}

function transcriptionIn(fields: Fields): Transcription {
  const tracks = fields.oneOf("transcription_tracks", TRACKS);
  return { tracks, interim: fields.object("transcription_engine_config").flag("interim_results") };
}

function spokenText(fields: Fields): string {
  const payload = fields.text("payload") ?? "";
  if (payload === "" || payload.length > MAX_PAYLOAD) {
    throw new RestError("90010", "payload");
  }
  if (BASIC_VOICES.has(fields.required("voice"))) {
    fields.required("language");
  }
  const isMarkedUp = fields.oneOf("payload_type", ["text", "ssml"]) === "ssml";
  return isMarkedUp ? payload.replaceAll(/<[^>]*>/g, "") : payload;
}

function audioUrl(fields: Fields): string {
  fields.required("audio_url");
  return fields.url("audio_url") ?? "";
}

function optionalStop(fields: Fields): "current" | "all" | undefined {
  return fields.text("stop") === undefined ? undefined : fields.oneOf("stop", STOPS);
}

/** Made when the command runs: by then its client state is that of the call. */
function playable(call: TelnyxCall, kind: Playable["kind"], text: string): Playable {
  return { kind, text, told: true, clientState: call.record.clientState };
}

function gathering(call: TelnyxCall, plan: GatherPlan, prompt: Pick<Playable, "kind" | "text"> | null): () => void {
  return () => {
    const { clientState } = call.record;
    call.conversation.gather(plan, prompt === null ? null : { ...prompt, told: false, clientState });
  };
}

function gatherPlan(fields: Fields): GatherPlan {
  const maximum = { min: 1, max: 128, otherwise: 128 };
  const millis = (name: string, otherwise: number) => fields.integer(name, { min: 1, max: 600_000, otherwise });
  return {
    minimumDigits: fields.integer("minimum_digits", { ...maximum, otherwise: 1 }),
    maximumDigits: fields.integer("maximum_digits", maximum),
    timeoutMs: millis("timeout_millis", 60_000),
    initialTimeoutMs: millis("initial_timeout_millis", 5000),
    interDigitTimeoutMs: millis("inter_digit_timeout_millis", 5000),
    terminatingDigit: fields.text("terminating_digit") ?? "#",
    validDigits: fields.text("valid_digits") ?? "0123456789#*",
  };
}
