// What the commands need from the world around them, so that a test or another host can give its own.
import type { DaemonRecord } from "../call/protocol.ts";
import type { ConnectOptions, VoiceCall } from "../client/voice-call.ts";

/** The part of a writable stream that output needs. */
export interface Sink {
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The part of src/client that commands use; loaded by the first command that needs a daemon. */
export interface ClientPort {
  connect(options: ConnectOptions): Promise<VoiceCall>;
  locate(options: {
    configFile?: string;
    onNotice?: (line: string) => void;
  }): Promise<{ stateDir: string; configFile: string }>;
  /** The running daemon of a state directory, found without starting one. */
  findDaemon(stateDir: string): Promise<DaemonRecord | undefined>;
  logFile(stateDir: string): string;
  /** Arguments for Node to run the daemon from its private copy; `lasting` by a path that outlives updates of the package. */
  daemonCommand(options: {
    stateDir: string;
    configFile: string;
    packageRoot?: string;
    lasting?: boolean;
  }): Promise<string[]>;
}

export interface CliContext {
  /** How the person calls the program; `voicecall` when absent. */
  readonly name?: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The interpreter that a daemon is run with. */
  readonly node: string;
  client(): Promise<ClientPort>;
  /** Epoch ms. */
  now(): number;
  /** Takes over the next Ctrl-C until disposed. */
  onInterrupt(listener: () => void): Disposable;
  /** Asks the person at the terminal; absent when nobody types. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Set by the command that ran. */
  exitCode: number;
}
