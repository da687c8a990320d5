// What a client of the daemon can do: the published interface.
import type { AnswerQuery, DigitsCommand, PlaceCommand, SayCommand } from "../call/command.ts";
import type { StoredEvent } from "../call/event.ts";
import type { CallView } from "../call/view.ts";
import type {
  Answer,
  Check,
  ConfigOutcome,
  Health,
  Latency,
  Pairing,
  TunnelStatus,
  TurnOffer,
  HandedOver,
} from "../router/context.ts";

export interface ConnectOptions {
  /** OpenClaw's configuration (JSON5). Default: `$OPENCLAW_CONFIG_PATH`, else `openclaw.json` in `$OPENCLAW_STATE_DIR` or `~/.openclaw`. */
  configFile?: string;
  /** Where the daemon keeps its state. Default: `store` of the configuration, else `voice-calls` beside it. */
  stateDir?: string;
  /** Start a daemon in the background when none runs. Default: true. */
  autoStart?: boolean;
  /** Gives the connecting up. */
  signal?: AbortSignal;
  /** Folder of the installed package from which the daemon's private copy is made; default: the package this code belongs to. */
  packageRoot?: string;
  /**
   * Called for each daemon that this client comes to speak to, the first one and every one after a restart, before
   * anything else is asked of it. What it throws is a notice, never a failure.
   */
  onDaemon?: (daemon: DaemonControl) => Promise<void>;
  /** Told, in one line each, what a person should know but no program: another version of the daemon, a restart. */
  onNotice?: (line: string) => void;
}

/** The daemon that this client speaks to at present. */
export interface DaemonAddress {
  pid: number;
  /** `http://127.0.0.1:<port>` of its control listener. */
  url: string;
  version: string;
  protocol: number;
  /** Epoch ms. */
  startedAt: number;
  stateDir: string;
}

/** Every order throws `CallError` with a code of the closed list, and survives a restart of the daemon where that is safe. */
export interface VoiceCall extends AsyncDisposable {
  readonly daemon: DaemonAddress;
  readonly calls: Calls;
  readonly events: Events;
  readonly turns: TurnAnswers;
  readonly pairing: PairingDesk;
  readonly tunnel: TunnelControl;
  readonly mock: MockLine;
  readonly system: DaemonControl;
}

export interface Calls {
  /**
   * Dials, and returns as soon as the order is stored; `events.follow` tells how it goes on.
   * @throws CallError `INVALID_INPUT`, `CONFIG_INVALID`, `AT_CAPACITY`, `DRAINING`, `CARRIER_REFUSED`, …
   */
  place(command: PlaceCommand): Promise<CallView>;
  /** A call, live or finished, by our id, the carrier's, or the request id that placed it; undefined when there is none. */
  get(callId: string): Promise<CallView | undefined>;
  /** The live calls, oldest first. */
  list(): Promise<CallView[]>;
  /** Speaks, after what is already being said; does not wait for an answer. */
  say(command: SayCommand): Promise<void>;
  /**
   * Speaks and waits for the caller's answer, for minutes if need be. The signal ends the waiting, never the call.
   * @throws CallError `NOBODY_SPOKE`, `CALL_ENDED`, `ALREADY_ASKING`, `ABORTED`, …
   */
  ask(command: SayCommand, options?: { signal?: AbortSignal }): Promise<Answer>;
  /**
   * Waits for the answer to a question that was asked before, by any client; speaks nothing.
   * @throws CallError as `ask` does, and `INVALID_INPUT` when nothing was asked with this request id.
   */
  answer(query: AnswerQuery, options?: { signal?: AbortSignal }): Promise<Answer>;
  /** Presses digits on the line. */
  sendDigits(command: DigitsCommand): Promise<void>;
  hangUp(callId: string): Promise<void>;
}

export interface FollowOptions {
  /** Only the events of this call; our id or the carrier's. */
  callId?: string;
  /** Begin with the last n events; 0 begins with the first one ever. Default: only new ones. */
  since?: number;
  /** Resume after the event with this `seq`. Wins over `since`. */
  after?: number;
  /** Ends the iteration. */
  signal?: AbortSignal;
}

export interface Events {
  /** What happens, in order, each event once, across restarts of the daemon. Ends with the signal or with the client. */
  follow(options?: FollowOptions): AsyncIterable<StoredEvent>;
}

/** One turn of a caller, claimed by us. */
export interface CallerTurn extends TurnOffer {
  /** Aborted when the turn is over for us: the caller spoke on or hung up, an operator answered, or the time was up. */
  readonly signal: AbortSignal;
  /** A piece of the reply, cut anywhere; whole sentences are spoken while the rest is still being written. */
  say(text: string): Promise<void>;
  /** Hang up when the whole reply has been spoken. */
  endCall(): void;
}

/** What it returns is spoken last. What it throws makes the caller hear an apology. */
export type AnswerTurn = (turn: CallerTurn) => Promise<string | void>;

export interface TurnAnswers {
  /** Answers callers until the signal or the client ends it, across restarts of the daemon. Exactly one responder gets each turn. */
  answer(handler: AnswerTurn, options?: { responder?: string; signal?: AbortSignal }): Promise<void>;
}

/** Callers who want in under `inboundPolicy: "pairing"`. */
export interface PairingDesk {
  list(): Promise<Pairing[]>;
  /** Lets the caller with this code call in, or refuses them. @throws CallError `INVALID_INPUT` when none waits with it. */
  settle(code: string, options?: { allow?: boolean }): Promise<Pairing>;
}

/** The tunnel through which the carrier reaches this machine, when there is no `publicUrl`. */
export interface TunnelControl {
  status(): Promise<TunnelStatus>;
  /**
   * Opens a Tailscale path, whatever the configuration says, in place of the tunnel that stands; settles when it leads here.
   * `serve` reaches the own tailnet only, `funnel` the Internet. `path` and `port` (443) are those of the public URL.
   * @throws CallError `TUNNEL_FAILED`, `CONFIG_INVALID`, `UNSUPPORTED`, with the way out in its hint.
   */
  open(order: { mode: "serve" | "funnel"; path?: string; port?: number }): Promise<TunnelStatus>;
  /** Takes down what the daemon opened; it stays closed until `open` or the daemon's next start. */
  close(): Promise<TunnelStatus>;
}

/** Plays the other side of calls on the mock carrier. */
export interface MockLine {
  inbound(order: { from: string; to?: string; say?: string }): Promise<CallView>;
  say(callId: string, text: string): Promise<void>;
  /**
   * Speaks a WAV file (an absolute path, at most 5 MB) over the call's media stream, in real time; settles when all was said.
   * `text`: what it says, where no recogniser is configured to hear it.
   */
  sayAudio(callId: string, file: string, options?: { text?: string }): Promise<void>;
  digits(callId: string, digits: string): Promise<void>;
  hangUp(callId: string): Promise<void>;
}

export interface DaemonControl {
  health(): Promise<Health>;
  /** The configuration in force, secrets replaced. */
  config(): Promise<Record<string, unknown>>;
  /** Reads the configuration again, when it is a file's. */
  reload(): Promise<ConfigOutcome>;
  /**
   * Hands over the resolved section `plugins.entries.voice-call.config`, kept in memory only; the daemon goes by it, and
   * by no file, until another one comes or it is started again.
   */
  configure(order: Omit<HandedOver, "configFile">): Promise<ConfigOutcome>;
  /** Refuses new calls and settles when the last live one is over. */
  drain(options?: { signal?: AbortSignal }): Promise<void>;
  /** @throws CallError `LIVE_CALLS` unless forced, which hangs them up. */
  shutdown(options?: { force?: boolean }): Promise<void>;
  /** Looks at everything that calls need, without placing one; asks the carrier and the public URL, for some seconds. */
  check(options?: { signal?: AbortSignal }): Promise<Check[]>;
  /** Of the last n turns; 200 when absent. */
  latency(options?: { last?: number }): Promise<Latency>;
}
