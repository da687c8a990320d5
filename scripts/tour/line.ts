// A carrier of the tour: its emulator as a process of its own, played over HTTP.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { eventually } from "../../test/support/daemon.ts";

const ours = "+15005550006";
const publicUrl = "https://voice.example.test/voice/webhook";
/** Real time for line time. */
const scale = 0.05;

/** How the other party behaves when it is called. */
export interface Callee {
  ringMs?: number;
  hangUpAfterMs?: number;
}

export interface TourLine extends AsyncDisposable {
  /** The daemon's configuration for this carrier. */
  config: Record<string, unknown>;
  /** How many calls the carrier has seen. */
  calls(): Promise<number>;
  /** What the other party of the newest call was told, in order. */
  heard(): Promise<string[]>;
  /** Waits until it was told this, so many times. */
  hears(text: string, times?: number): Promise<void>;
  /** It speaks as soon as somebody listens. */
  say(text: string): Promise<void>;
  expect(callee: Callee): Promise<void>;
  /** It calls us. */
  callIn(from: string): Promise<void>;
  /** Whether anybody picked up the newest call. */
  wasAnswered(): Promise<boolean>;
}

type Fields = Record<string, unknown>;

/** Carrier by carrier: the emulator's arguments, and its first line as a section of our configuration. */
const dialects: Record<string, { args: string[]; section(ready: Fields): Fields; whereTo: Fields }> = {
  twilio: {
    args: [],
    section: ({ accountSid, authToken, url }) => ({ accountSid, authToken, baseUrl: url }),
    whereTo: { voiceUrl: publicUrl, statusCallbackUrl: `${publicUrl}?kind=status` },
  },
  telnyx: {
    args: ["--webhook-url", publicUrl],
    section: ({ apiKey, connectionId, publicKey, url }) => ({ apiKey, connectionId, publicKey, baseUrl: url }),
    whereTo: {},
  },
  plivo: {
    args: [],
    section: ({ authId, authToken, url }) => ({ authId, authToken, baseUrl: url }),
    whereTo: { answerUrl: publicUrl, hangupUrl: publicUrl },
  },
};

const carrierNames = Object.keys(dialects);

/** @throws RangeError for a carrier without an emulator. */
export async function openLine(carrier: string, daemonPort: number): Promise<TourLine> {
  const dialect = dialects[carrier];
  if (dialect === undefined) throw new RangeError(`say which carrier: ${carrierNames.join(", ")}`);
  const routes = ["--public", new URL(publicUrl).origin, "--target", `http://127.0.0.1:${daemonPort}`];
  const program = join(import.meta.dirname, "../../src/emulator/main.ts");
  const emulator = spawn(
    process.execPath,
    [program, carrier, ...routes, "--scale", String(scale), "--seed", "tour", ...dialect.args],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const [firstLine] = await once(createInterface(emulator.stdout), "line");
  const ready: unknown = JSON.parse(String(firstLine));
  if (!isFields(ready)) throw new Error("the emulator did not start");
  const { origin } = new URL(String(ready["url"]));
  return {
    config: {
      provider: carrier,
      fromNumber: ours,
      publicUrl,
      serve: { port: daemonPort },
      [carrier]: dialect.section(ready),
    },
    ...played(origin, dialect.whereTo),
    async [Symbol.asyncDispose]() {
      emulator.kill("SIGTERM");
      if (emulator.exitCode === null && emulator.signalCode === null) await once(emulator, "exit");
    },
  };
}

/** The other party's moves, over the emulator's own interface. */
function played(origin: string, whereTo: Fields): Omit<TourLine, "config" | typeof Symbol.asyncDispose> {
  const talk = async (path: string, body?: Fields): Promise<unknown> => {
    const request = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${origin}/emulator/${path}`, request);
    return response.json();
  };
  const newest = async (): Promise<Fields> => {
    const call = await talk("calls/last");
    return isFields(call) ? call : {};
  };
  const heard = async (): Promise<string[]> => {
    const entries = (await newest())["heard"];
    if (!Array.isArray(entries)) return [];
    const spoken = entries.filter(isFields).filter(({ kind }) => kind === "say" || kind === "speak");
    return spoken.map((entry) => String(entry["heard"]));
  };
  return {
    heard,
    async calls() {
      const all = await talk("calls");
      return Array.isArray(all) ? all.length : 0;
    },
    hears: (text, times = 1) =>
      eventually(async () => (await heard()).filter((each) => each === text).length >= times, 30_000),
    say: (text) =>
      eventually(async () => {
        if ((await newest())["listening"] !== true) return false;
        const done = await talk("calls/last/say", { text });
        return isFields(done) && done["ok"] === true;
      }, 30_000),
    async expect(callee) {
      await talk("script", { callee: { ...callee } });
    },
    async callIn(from) {
      await talk("inbound", { from, to: ours, ...whereTo });
    },
    async wasAnswered() {
      return (await newest())["durationSeconds"] !== null;
    },
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
