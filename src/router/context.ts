// What the procedures need from the daemon: ports only, implemented in src/daemon.
import type { CallReference, DigitsCommand, PlaceCommand, SayCommand } from "../call/command.ts";
import type { StoredEvent } from "../call/event.ts";
import type { CallView } from "../call/view.ts";

export interface Calls {
  place(command: PlaceCommand): Promise<CallView>;
  get(id: string): CallView | undefined;
  /** Live calls, oldest first. */
  list(): CallView[];
  say(command: SayCommand, signal: AbortSignal): Promise<void>;
  ask(command: SayCommand, signal: AbortSignal): Promise<Answer>;
  sendDigits(command: DigitsCommand, signal: AbortSignal): Promise<void>;
  hangUp(reference: CallReference): Promise<void>;
}

/** The caller's answer to a question: words, or digits pressed instead. */
export interface Answer {
  transcript: string;
  digits?: string;
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
  followers: number;
  draining: boolean;
  lastSeq: number;
  stateDir: string;
  configFile?: string;
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
  max: number;
}

export interface Latency {
  /** How many turns were counted. */
  turns: number;
  stages: Record<string, StageLatency>;
}

export interface System {
  health(): Health;
  /** The configuration in force, secrets replaced. */
  config(): Record<string, unknown>;
  reload(): Promise<{ applied: string[]; needRestart: string[]; problems: Problem[] }>;
  /** Refuses new calls and settles when the last live one is over. */
  drain(signal: AbortSignal): Promise<void>;
  /** @throws CallError `LIVE_CALLS` unless forced. Settles before the process ends. */
  shutdown(order: { force: boolean }): Promise<void>;
  latency(query: { last: number }): Latency;
}

export interface Context {
  calls: Calls;
  feed: Feed;
  mock: MockLine;
  system: System;
  /** Bytes waiting in the caller's socket; 0 over plain HTTP. */
  buffered(): number;
}
