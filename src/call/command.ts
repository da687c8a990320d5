// Orders from clients, as plain types; their checks are in command-schema.ts, which is the router's input.

/** Speak a message and hang up, or hold a conversation. */
export type CallMode = "notify" | "conversation";

export interface PlaceCommand {
  /** E.164; falls back to `toNumber` of the configuration. */
  to?: string | undefined;
  /** Spoken when the callee answers, at most 8,000 characters. A notify call needs one. */
  message?: string | undefined;
  /** Falls back to `outbound.defaultMode`. */
  mode?: CallMode | undefined;
  /** Digits sent right after the answer, e.g. a meeting's dial-in code: `0-9*#ABCD`, `w` waits 0.5 s, `W` 1 s. */
  dtmfSequence?: string | undefined;
  /** The same id with the same content returns the first call and never dials twice. */
  requestId?: string | undefined;
  /** The OpenClaw session that this call belongs to. */
  sessionKey?: string | undefined;
  /** The OpenClaw session that ordered it, and is told how it ended. */
  requesterSessionKey?: string | undefined;
  /** Record the call; falls back to `recording.enabled`. Only calls on media streams can be. */
  record?: boolean | undefined;
  /** The agent that answers the callee; wins over `agentId` of the configuration. */
  agentId?: string | undefined;
}

export interface CallReference {
  /** Our id or the carrier's. */
  callId: string;
}

export interface SayCommand extends CallReference {
  /** What to speak, at most 8,000 characters. Spoken after what is already being said, or on answer. */
  message: string;
  /** Repeating the same id never speaks twice. */
  requestId?: string | undefined;
}

/** A question that was asked before. */
export interface AnswerQuery extends CallReference {
  /** The request id that it was asked with. */
  requestId: string;
}

export interface DigitsCommand extends CallReference {
  /** `0-9*#ABCD`; `w` waits half a second, `W` one. At most 100. */
  digits: string;
}
