// Runs one command line in process, against a fake client, and collects what it wrote.
import type { DaemonRecord } from "../../src/call/protocol.ts";
import type { CliContext, ClientPort, Sink } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/program.ts";
import { FakeVoiceCall } from "../support/fake-voice-call.ts";

class TestSink implements Sink {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY: boolean, columns: number) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  once(): void {}
}

export interface Ran {
  out: string;
  err: string;
  code: number;
  voice: FakeVoiceCall;
}

export interface Surroundings {
  voice?: FakeVoiceCall;
  /** Both streams are a terminal. */
  tty?: boolean;
  columns?: number;
  env?: Record<string, string>;
  platform?: NodeJS.Platform;
  running?: DaemonRecord | undefined;
  client?: Partial<ClientPort>;
  node?: string;
  /** How the person calls the program. */
  name?: string;
  /** What the person types, one answer a question. */
  answers?: string[];
  /** Gets a function that presses Ctrl-C. */
  onStart?: (interrupt: () => void) => void;
}

export const record: DaemonRecord = {
  pid: 4242,
  url: "http://127.0.0.1:5000",
  token: "t",
  version: "0.1.0",
  protocol: 1,
  startedAt: 1_000_000,
};

export async function cli(argv: string[], surroundings: Surroundings = {}): Promise<Ran> {
  const { voice = new FakeVoiceCall(), tty = false, columns = 100, env = {}, running, onStart, answers } = surroundings;
  const stdout = new TestSink(tty, columns);
  const stderr = new TestSink(tty, columns);
  const listeners = new Set<() => void>();
  const client: ClientPort = {
    connect: (options) => {
      voice.orders.push(["connect", { ...options, onNotice: undefined }]);
      return Promise.resolve(voice);
    },
    locate: () => Promise.resolve({ stateDir: "/state", configFile: "/openclaw.json" }),
    findDaemon: () => Promise.resolve(running),
    logFile: (stateDir) => `${stateDir}/daemon.log`,
    daemonCommand: ({ stateDir, configFile, lasting }) =>
      Promise.resolve([lasting === true ? "/my $HOME/daemon.js" : "/daemon.js", stateDir, configFile]),
    ...surroundings.client,
  };
  const context: CliContext & { version: string } = {
    ...(surroundings.name !== undefined && { name: surroundings.name }),
    stdout,
    stderr,
    env,
    platform: surroundings.platform ?? "linux",
    node: surroundings.node ?? "/opt/node",
    version: "1.2.3",
    client: () => Promise.resolve(client),
    now: () => 1_010_000,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    ask: answers && ((question) => Promise.resolve((stderr.write(question), answers.shift() ?? ""))),
    exitCode: 0,
  };
  onStart?.(() => {
    for (const listener of listeners) listener();
  });
  await runCli(argv, context);
  return { out: stdout.text, err: stderr.text, code: context.exitCode, voice };
}

export const json = (text: string): unknown => JSON.parse(text);
export const jsonLines = (text: string): unknown[] => text.trimEnd().split("\n").map(json);
