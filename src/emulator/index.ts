// The testing kit: what users and tests may import from the emulators.
export type { Route } from "./route.ts";
export { startTwilioEmulator } from "./twilio/emulator.ts";
export type { TwilioEmulatorOptions } from "./twilio/emulator.ts";
export type { InboundCall, TwilioEmulator } from "./twilio/twilio-emulator.ts";
export type { CalleeScript, CalleeUtterance } from "./twilio/callee.ts";
export type { CallStatus, EmulatedCall, EmulatorEvent, ExecutedDocument } from "./twilio/emulated-call.ts";
export type { RestFault, StatusEvent, TwilioFaults, WebhookFault, WebhookKind } from "./twilio/faults.ts";
export type { Heard } from "./twilio/line.ts";
export type { WebhookAttempt } from "./twilio/webhook-sender.ts";
