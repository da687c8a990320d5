// What the procedures need from the daemon: ports only, implemented in src/daemon.
import type { AnswerQuery, CallReference, DigitsCommand, PlaceCommand, SayCommand } from "../call/command.ts";
import type { CallerTools, StoredEvent, TurnOutcome } from "../call/event.ts";
import type { CallView } from "../call/view.ts";

export interface Calls {
  place(command: PlaceCommand): Promise<CallView>;
  get(id: string): CallView | undefined;
  /** Live calls, oldest first. */
  list(): CallView[];
  say(command: SayCommand, signal: AbortSignal): Promise<void>;
  ask(command: SayCommand, signal: AbortSignal): Promise<Answer>;
  answer(query: AnswerQuery, signal: AbortSignal): Promise<Answer>;
  sendDigits(command: DigitsCommand, signal: AbortSignal): Promise<void>;
  hangUp(reference: CallReference): Promise<void>;
}

/** The caller's answer to a question: words, or digits pressed instead. */
export interface Answer {
  transcript: string;
  digits?: string;
}

/** A caller's turn, with what a responder needs to answer it. */
export interface TurnOffer {
  offerId: string;
  callId: string;
  /** The caller's words. */
  text: string;
  /** The call with its transcript so far. */
  call: CallView;
  /** `low`: a caller id is easily forged; it must not open anything that matters. */
  caller: { number: string; assurance: "low" };
  /** The OpenClaw session that the words belong to. */
  sessionKey: string;
  /** Epoch ms by which the first sentence must be there. */
  deadlineAt: number;
  agentId?: string;
  model?: string;
  systemPrompt?: string;
  /** What may be done for whoever called in; absent on calls that we placed. */
  tools?: CallerTools;
}

/** What responders are told: a turn to answer, or what became of one. */
export type OfferItem =
  | { type: "offer"; offer: TurnOffer }
  | { type: "settled"; callId: string; offerId: string; outcome: TurnOutcome };

export interface TurnReference {
  callId: string;
  offerId: string;
  /** A name of the responder's own choice, the same in `offers`. */
  responder: string;
}

export interface ReplyPiece extends TurnReference {
  /** The next piece of the reply, cut anywhere; it is spoken sentence by sentence. */
  text: string;
  final: boolean;
  /** With the final piece: hang up when all has been spoken. */
  endCall: boolean;
}

export interface Turns {
  offers(query: { responder: string }, signal: AbortSignal): AsyncIterable<OfferItem[]>;
  claim(turn: TurnReference): Promise<TurnOffer>;
  reply(piece: ReplyPiece): Promise<void>;
  fail(turn: TurnReference & { message: string }): Promise<void>;
}

/** A caller who wants in under `inboundPolicy: "pairing"`. */
export type Pairing =
  | { state: "pending"; number: string; code: string; expiresAt: number }
  | { state: "paired"; number: string; pairedAt: number }
  | { state: "refused"; number: string };

export interface PairingDesk {
  list(): Pairing[];
  /** @throws CallError `INVALID_INPUT` when no caller waits with the code. */
  settle(order: { code: string; allow: boolean }): Promise<Pairing>;
}

export interface TunnelStatus {
  kind: "none" | "ngrok" | "tailscale-serve" | "tailscale-funnel";
  state: "closed" | "opening" | "open" | "failed";
  /** Where the carrier's webhooks enter, while open. */
  url?: string;
  problem?: Problem;
}

export interface Tunnels {
  status(): TunnelStatus;
  /** Opens Tailscale (whatever the configuration says), and settles when it stands. @throws CallError with the way out. */
  open(order: {
    mode: "serve" | "funnel";
    path?: string | undefined;
    port?: number | undefined;
  }): Promise<TunnelStatus>;
  close(): Promise<TunnelStatus>;
}

/** One thing that must be right before calls work. */
export interface Check {
  name: string;
  status: "ok" | "warning" | "failed" | "skipped";
  message: string;
  hint?: string;
  /** What to paste where in the carrier's console. */
  paste?: { where: string; value: string }[];
}

export interface Feed {
  /** Events after a position, in batches of what is pending; ends with the signal. */
  follow(query: FollowQuery, signal: AbortSignal): AsyncIterable<StoredEvent[]>;
}

export interface FollowQuery {
  callId?: string | undefined;
  /** Resume after this position. Wins over `since`. */
  after?: number | undefined;
  /** Begin with the last n events; 0 begins with the first one ever. Absent: only new ones. */
  since?: number | undefined;
  /** True while the reader cannot take more; nothing is read on meanwhile. */
  congested(): boolean;
}

export interface MockLine {
  inbound(order: { from: string; to?: string | undefined; say?: string | undefined }): Promise<CallView>;
  say(order: { callId: string; text: string }): Promise<void>;
  /** Over the call's media stream, in real time. `file`: of the daemon's machine. `text`: what it says, where no recogniser hears it. */
  sayAudio(order: { callId: string; file: string; text?: string | undefined }): Promise<void>;
  press(order: { callId: string; digits: string }): Promise<void>;
  hangUp(order: CallReference): Promise<void>;
}

export interface Health {
  pid: number;
  version: string;
  protocol: number;
  /** Epoch ms. */
  startedAt: number;
  carrier: string;
  liveCalls: number;
  /** Where calls go over media streams: how many do now, and who speaks and listens, in the order in which they are asked. */
  liveAudio?: { streamingCalls: number; voices: string[]; recognisers: string[] };
  followers: number;
  draining: boolean;
  lastSeq: number;
  stateDir: string;
  configFile?: string;
  /** Where the configuration in force came from. */
  configSource: "file" | "gateway";
  /** Where webhooks arrive, when the carrier sends any. */
  webhook?: { listening: string; publicUrl?: string };
  /** What is wrong, each with its way out; empty when all is well. */
  problems: Problem[];
  memoryRssBytes: number;
}

export interface Problem {
  code: string;
  message: string;
  hint?: string;
}

/** ms over the turns counted. */
export interface StageLatency {
  count: number;
  min: number;
  avg: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export interface Latency {
  /** How many turns were counted. */
  turns: number;
  /**
   * By name, only those that occurred. On media streams `voiceLatency` (from the caller's last speech to our first audio),
   * its parts `endDecided`, `transcript`, `offered`, `firstToken`, `toVoice`, `firstByte`, `firstFrame`, then `heard`, and
   * `interrupt` (from the beginning of a caller's voice to the silence of ours); elsewhere `reply`, `handover`, `listen`.
   */
  stages: Record<string, StageLatency>;
}

/** What became of a configuration that was read or handed over. */
export interface ConfigOutcome {
  /** Changed keys that the next call already follows. */
  applied: string[];
  /** Changed keys that only a new daemon follows. */
  needRestart: string[];
  problems: Problem[];
}

/** A section that the Gateway has resolved. */
export interface HandedOver {
  config: Record<string, unknown>;
  /** OpenClaw's voice settings in general (`messages.tts`, `tts`), which the section's are laid over. */
  hostTts?: Record<string, unknown> | undefined;
  /** The file that it stands in. */
  configFile?: string | undefined;
}

export interface System {
  health(): Health;
  /** The configuration in force, secrets replaced. */
  config(): Record<string, unknown>;
  reload(): Promise<ConfigOutcome>;
  /** Goes by this section, kept in memory only, and no longer by a file. `configFile` is the one that it was resolved from. */
  configure(order: HandedOver): Promise<ConfigOutcome>;
  /** Refuses new calls and settles when the last live one is over. */
  drain(signal: AbortSignal): Promise<void>;
  /** @throws CallError `LIVE_CALLS` unless forced. Settles before the process ends. */
  shutdown(order: { force: boolean }): Promise<void>;
  latency(query: { last: number }): Latency;
  /** Looks at everything that calls need, without placing one. */
  check(signal: AbortSignal): Promise<Check[]>;
}

export interface Context {
  calls: Calls;
  feed: Feed;
  turns: Turns;
  pairing: PairingDesk;
  tunnels: Tunnels;
  mock: MockLine;
  system: System;
  /** Bytes waiting in the caller's socket; 0 over plain HTTP. */
  buffered(): number;
}
