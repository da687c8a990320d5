// A real daemon from dist/ with a home of its own, driven through the public client.
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DaemonRecord } from "../../src/call/protocol.ts";
import type { StoredEvent } from "../../src/call/event.ts";
import { connect, type VoiceCall } from "../../src/client/index.ts";

export interface TestHome extends AsyncDisposable {
  readonly stateDir: string;
  readonly configFile: string;
  /** Environment for a CLI or daemon of this home. */
  readonly env: Record<string, string>;
  configure(config: Record<string, unknown>): Promise<void>;
  /** Connects, starting the daemon when none runs. */
  connect(): Promise<VoiceCall>;
  record(): Promise<DaemonRecord | undefined>;
  /** `kill -9`, and waits until the process is gone. */
  kill(): Promise<void>;
}

export async function createHome(config: Record<string, unknown>): Promise<TestHome> {
  const home = await mkdtemp(join(tmpdir(), "voicecall-test-"));
  const stateDir = join(home, "openclaw", "voice-calls");
  const configFile = join(home, "openclaw", "openclaw.json");
  await mkdir(join(home, "openclaw"));
  const clients: VoiceCall[] = [];
  const { OPENCLAW_CONFIG_PATH: _config, OPENCLAW_STATE_DIR: _state, ...inherited } = process.env;
  const record = async (): Promise<DaemonRecord | undefined> => {
    try {
      return JSON.parse(await readFile(join(stateDir, "daemon.json"), "utf8"));
    } catch {
      return undefined;
    }
  };
  const test: TestHome = {
    stateDir,
    configFile,
    env: {
      ...defined(inherited),
      HOME: home,
      OPENCLAW_STATE_DIR: join(home, "openclaw"),
      OPENCLAW_CONFIG_PATH: configFile,
    },
    configure: (next) =>
      writeFile(configFile, JSON.stringify({ plugins: { entries: { "voice-call": { config: next } } } })),
    async connect() {
      const client = await connect({ stateDir, configFile });
      clients.push(client);
      return client;
    },
    record,
    async kill() {
      const running = await record();
      if (running === undefined) return;
      process.kill(running.pid, "SIGKILL");
      await gone(running.pid);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client[Symbol.asyncDispose]();
      // A follower may just be starting the daemon again that the test killed; it has no record yet.
      await eventually(async () => {
        const left = await daemonsOf(stateDir);
        for (const pid of left) if (alive(pid)) process.kill(pid, "SIGKILL");
        return left.length === 0;
      });
      await rm(home, { recursive: true, force: true });
    },
  };
  await test.configure(config);
  return test;
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** Pids of the processes that run a daemon for a state directory. */
export async function daemonsOf(stateDir: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return pids.flatMap((pid, index) =>
    lines[index]?.includes(`--state-dir\0${stateDir}\0`) === true ? [Number(pid)] : [],
  );
}

/** Settles when no process has the id; bounded by the test's own time-out. */
export async function gone(pid: number): Promise<void> {
  await eventually(() => !alive(pid));
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks until the condition holds. */
export async function eventually(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The first event, past or to come, that fits. */
export async function eventOf(
  voice: VoiceCall,
  callId: string,
  fits: (event: StoredEvent) => boolean,
  withinMs = 10_000,
): Promise<StoredEvent> {
  const signal = AbortSignal.timeout(withinMs);
  for await (const event of voice.events.follow({ callId, since: 0, signal })) if (fits(event)) return event;
  const view = await voice.calls.get(callId);
  throw new Error(`no such event within ${withinMs} ms; the call is ${view?.state ?? "unknown"}`);
}

export function ended(voice: VoiceCall, callId: string, withinMs?: number): Promise<StoredEvent> {
  return eventOf(voice, callId, (event) => event.type === "call.ended", withinMs);
}

/** All events of a call so far. */
export async function logOf(voice: VoiceCall, callId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const { lastSeq } = await voice.system.health();
  for await (const event of voice.events.follow({ since: 0 })) {
    if (event.callId === callId) events.push(event);
    if (event.seq >= lastSeq) return events;
  }
  return events;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
