// The published entry `@openclaw/voice-call/client`.
export { CallError, type CallErrorShape, type ErrorCode } from "../call/error.ts";
export type { AnswerQuery, CallMode, DigitsCommand, PlaceCommand, SayCommand } from "../call/command.ts";
export type { CallEvent, EndReason, EventType, StoredEvent } from "../call/event.ts";
export type { CallStatus, CallView } from "../call/view.ts";
export type {
  Answer,
  Check,
  ConfigOutcome,
  Health,
  Latency,
  Pairing,
  Problem,
  StageLatency,
  TunnelStatus,
  TurnOffer,
} from "../router/context.ts";
export { connect } from "./connect.ts";
export type {
  CallerTurn,
  Calls,
  ConnectOptions,
  DaemonAddress,
  DaemonControl,
  Events,
  FollowOptions,
  MockLine,
  PairingDesk,
  TunnelControl,
  TurnAnswers,
  AnswerTurn,
  VoiceCall,
} from "./voice-call.ts";
