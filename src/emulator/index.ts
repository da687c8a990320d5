// The testing kit: what users and tests may import from the emulators.
export { startDeepgramEmulator } from "./deepgram/emulator.ts";
export type { DeepgramEmulator, DeepgramEmulatorOptions } from "./deepgram/emulator.ts";
export { startElevenLabsEmulator } from "./elevenlabs/emulator.ts";
export type { ElevenLabsEmulator, ElevenLabsEmulatorOptions } from "./elevenlabs/emulator.ts";
export type { Hearing, HearingOptions, HearingSession } from "./hearing/hearing.ts";
export type { ConnectionFault, FinalFault, HearingFaults } from "./hearing/faults.ts";
export { startOpenAiEmulator } from "./openai/emulator.ts";
export type { OpenAiEmulator, OpenAiEmulatorOptions } from "./openai/emulator.ts";
export { startPlivoEmulator } from "./plivo/emulator.ts";
export type { PlivoEmulatorOptions } from "./plivo/emulator.ts";
export type { PlivoEmulator, PlivoInboundCall } from "./plivo/plivo-emulator.ts";
export type { PlivoCallStatus, PlivoDocument, PlivoEmulatedCall, PlivoEvent } from "./plivo/emulated-call.ts";
export type {
  PlivoFaults,
  PlivoRestFault,
  PlivoWebhookFault,
  WebhookKind as PlivoWebhookKind,
} from "./plivo/faults.ts";
export type { PlivoWebhookAttempt } from "./plivo/webhook-sender.ts";
export type { EmulatedAudio, Sound, StreamView } from "./media/audio.ts";
export type { MediaFault } from "./media/faults.ts";
export type { Route } from "./route.ts";
export type { Speaking, SpeakingOptions, SpokenAudio } from "./speech/speaking.ts";
export type { SpokenPiece } from "./speech/spoken-piece.ts";
export type { VoiceFault } from "./speech/voice-faults.ts";
export { startTelnyxEmulator } from "./telnyx/emulator.ts";
export type { TelnyxEmulatorOptions } from "./telnyx/emulator.ts";
export type { InboundCall as TelnyxInboundCall, TelnyxEmulator } from "./telnyx/telnyx-emulator.ts";
export type { CalleeScript as TelnyxCalleeScript, CalleeUtterance as TelnyxCalleeUtterance } from "./telnyx/callee.ts";
export type { EmulatedCall as TelnyxCallView, EmulatorEvent as TelnyxEvent } from "./telnyx/emulated-call.ts";
export type {
  RestFault as TelnyxRestFault,
  TelnyxFaults,
  WebhookFault as TelnyxWebhookFault,
} from "./telnyx/faults.ts";
export type { WebhookAttempt as TelnyxWebhookAttempt } from "./telnyx/webhook-sender.ts";
export { startTwilioEmulator } from "./twilio/emulator.ts";
export type { TwilioEmulatorOptions } from "./twilio/emulator.ts";
export type { InboundCall, TwilioEmulator } from "./twilio/twilio-emulator.ts";
export type { CalleeScript, CalleeUtterance } from "./twilio/callee.ts";
export type { CallStatus, EmulatedCall, EmulatorEvent, ExecutedDocument } from "./twilio/emulated-call.ts";
export type { RestFault, StatusEvent, TwilioFaults, WebhookFault, WebhookKind } from "./twilio/faults.ts";
export type { Heard } from "./twilio/line.ts";
export type { WebhookAttempt } from "./twilio/webhook-sender.ts";
