// Resident memory of a daemon: idle on mock, idle on Twilio, after a call through each carrier; and when the SDK is loaded.
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../src/client/index.ts";
import { type Daemon, type Place, freePort, preparePlace, startDaemon, carrierConfig } from "./harness/daemon.ts";
import { cpuMicroseconds, median, residentMiB } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox, firstLine, root } from "./harness/sandbox.ts";
import { type CarrierName, accounts, publicUrl } from "./load/accounts.ts";

const settleMs = 2000;

interface Sample {
  mib: number;
  cpuMs: number;
}

const carriers = ["twilio", "telnyx", "plivo"] as const;

export async function benchMemory({ rounds }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const mock = preparePlace(sandbox, "mock", { provider: "mock" });
  const places = {
    twilio: await emulatedPlace(sandbox, "twilio"),
    telnyx: await emulatedPlace(sandbox, "telnyx"),
    plivo: await emulatedPlace(sandbox, "plivo"),
  };
  const samples = { mock: [] as Sample[], idle: [] as Sample[] };
  const used = { twilio: [] as Sample[], telnyx: [] as Sample[], plivo: [] as Sample[] };
  for (let round = 0; round < rounds; round++) {
    await withDaemon(sandbox, { place: mock }, async (daemon) => samples.mock.push(await sample(daemon)));
    for (const carrier of carriers) {
      await withDaemon(sandbox, { place: places[carrier] }, async (daemon) => {
        if (carrier === "twilio") samples.idle.push(await sample(daemon));
        await placeOneCall(places[carrier]);
        used[carrier].push(await sample(daemon));
      });
    }
    note(
      `round ${round + 1}: ${Object.entries({ ...samples, ...used })
        .map(([name, found]) => `${name} ${found.at(-1)?.mib.toFixed(0)} MiB`)
        .join(", ")}`,
    );
  }
  return [
    memoryRow("idle on mock", samples.mock, 90),
    memoryRow("idle on Twilio, nothing ordered yet", samples.idle),
    ...carriers.map((carrier) => memoryRow(`after a call through ${carrier}`, used[carrier], 130)),
    await sdkRow(sandbox, places.twilio),
  ];
}

async function sdkRow(sandbox: Sandbox, place: Place): Promise<Row> {
  const unused = await sdkChunksLoaded(sandbox, place, "unused");
  const used = await sdkChunksLoaded(sandbox, place, "used");
  return {
    bench: "memory",
    figure: "chunks with the Twilio SDK that are loaded before the first order",
    measured: `${unused} (after a call: ${used})`,
    goal: "0",
    met: unused === 0 && used > 0,
  };
}

/** A place whose carrier is a stand-in, which runs as a process of its own. */
async function emulatedPlace(sandbox: Sandbox, carrier: CarrierName): Promise<Place> {
  const port = await freePort();
  const script = join(root, "src", "emulator", "main.ts");
  const route = ["--public", new URL(publicUrl).origin, "--target", `http://127.0.0.1:${port}`];
  const child = sandbox.node([script, carrier, ...accountOptions(carrier), ...route, "--scale", "0.05"], {
    core: 1,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { url } = JSON.parse(await firstLine(child, 1)) as { url: string };
  return preparePlace(sandbox, carrier, carrierConfig(carrier, { webhooks: port, rest: url }));
}

function accountOptions(carrier: CarrierName): string[] {
  const { twilio, telnyx, plivo } = accounts;
  switch (carrier) {
    case "twilio":
      return ["--account-sid", twilio.accountSid, "--auth-token", twilio.authToken];
    case "telnyx":
      return ["--api-key", telnyx.apiKey, "--connection-id", telnyx.connectionId];
    case "plivo":
      return ["--auth-id", plivo.authId, "--auth-token", plivo.authToken];
  }
}

type Use = (daemon: Daemon) => Promise<unknown>;

async function withDaemon(
  sandbox: Sandbox,
  { place, env = {} }: { place: Place; env?: NodeJS.ProcessEnv },
  use: Use,
): Promise<void> {
  const daemon = await startDaemon(sandbox, place, { env });
  await use(daemon);
  await daemon.stop();
}

async function sample({ pid }: Daemon): Promise<Sample> {
  await sleep(settleMs);
  return { mib: residentMiB(pid), cpuMs: cpuMicroseconds(pid) / 1000 };
}

async function placeOneCall(place: Place): Promise<void> {
  await using voice = await connect({ ...place, autoStart: false });
  const { callId } = await voice.calls.place({ to: "+15555550123", message: "Hello from OpenClaw", mode: "notify" });
  const signal = AbortSignal.timeout(30_000);
  for await (const event of voice.events.follow({ callId, after: 0, signal })) {
    if (event.type === "call.ended" && event.reason !== "completed") note(`the call ended as ${event.reason}`);
    if (event.type === "call.ended") return;
  }
  throw new Error("the call through the emulator did not end within 30 s");
}

/** How many bundles with the SDK in them V8 has run in a daemon, by its own coverage report. */
async function sdkChunksLoaded(sandbox: Sandbox, place: Place, name: "unused" | "used"): Promise<number> {
  const dir = join(sandbox.dir, `coverage-${name}`);
  const use = name === "used" ? () => placeOneCall(place) : () => sleep(settleMs);
  await withDaemon(sandbox, { place, env: { NODE_V8_COVERAGE: dir } }, use);
  const reports = readdirSync(dir)
    .map((file) => readFileSync(join(dir, file), "utf8"))
    .join("\n");
  return sdkChunks().filter((chunk) => reports.includes(`/${basename(chunk)}"`)).length;
}

/** Files of dist/ that hold the name under which the SDK presents itself to Twilio. */
function sdkChunks(): string[] {
  const dist = join(root, "dist");
  return readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".js") && readFileSync(join(dist, file), "utf8").includes("twilio-node/"),
  );
}

function memoryRow(figure: string, samples: readonly Sample[], mostMiB?: number): Row {
  const mib = median(samples.map((sampled) => sampled.mib));
  return {
    bench: "memory",
    figure,
    measured: `${mib.toFixed(0)} MiB`,
    cpu: `${median(samples.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms since start`,
    ...(mostMiB !== undefined && { goal: `<= ${mostMiB} MiB`, met: mib <= mostMiB }),
  };
}
