// Signed webhooks of each carrier, stored before they are answered: the daemon against bare servers, and runs with forged ones.
import { join } from "node:path";
import { type Daemon, carrierConfig, freePort, preparePlace, startDaemon } from "./harness/daemon.ts";
import { median, pairedRatio } from "./harness/measure.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import type { BenchOptions } from "./harness/options.ts";
import { runGenerator, startFloor } from "./harness/programs.ts";
import type { CarrierName } from "./load/accounts.ts";
import type { WebhookLoad, WebhookLoadResult } from "./load/webhook-load.ts";

const connections = 32;
const manyConnections = 200;
/** Each of many calls then tells of something twice a second. */
const pauseMs = 500;

interface Target {
  name: string;
  port: number;
  pid: number;
  carrier: CarrierName;
}

type Results = ReadonlyMap<string, WebhookLoadResult[]>;

export async function benchWebhooks(options: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const run = loadOf(sandbox, options);
  const orders = await startFloor(sandbox, "orders-server.ts");
  const rest = `http://127.0.0.1:${orders.port}`;
  const floors = await startFloors(sandbox, orders.port);
  const twilio = await startTarget(sandbox, { carrier: "twilio", rest, ...options });
  const plivo = await startTarget(sandbox, { carrier: "plivo", rest, ...options });
  const telnyx = await startTarget(sandbox, { carrier: "telnyx", rest, ...options });
  const results = await playRounds([...floors, twilio, plivo, telnyx], { rounds: options.rounds, run });
  const rows = [...rateRows(results), ...telnyxRows(results)];
  for (const target of [twilio, plivo, telnyx]) rows.push(forgedRow(target, await run(target, { forgedShare: 0.5 })));
  rows.push(await refusalRow(telnyx, { rounds: options.rounds, run }), ...(await latencyRows(telnyx, run)));
  for (const { daemon } of [twilio, plivo, telnyx]) await daemon.stop();
  return rows;
}

type Run = (target: Target, wish?: Partial<WebhookLoad>) => Promise<WebhookLoadResult>;

function loadOf(sandbox: Sandbox, { quick }: BenchOptions): Run {
  const measureMs = quick ? 1500 : 3000;
  return async ({ carrier, port, pid }, wish = {}) => {
    const load: WebhookLoad = {
      carrier,
      port,
      pid,
      connections,
      measureMs,
      warmMs: 1000,
      // Signing with Ed25519 is slow, and so is being answered.
      calls: (carrier === "telnyx" ? 3 : carrier === "plivo" ? 9 : 6) * measureMs,
      forgedShare: 0,
      ...wish,
    };
    return (await runGenerator(sandbox, "webhook-load.ts", load)) as WebhookLoadResult;
  };
}

async function startFloors(sandbox: Sandbox, ordersPort: number): Promise<Target[]> {
  const file = (name: string): string => join(sandbox.dir, `${name}.sqlite`);
  const group = await startFloor(sandbox, "webhook-server.ts", ["twilio+group", file("twilio")]);
  const telnyx = await startFloor(sandbox, "telnyx-server.ts", [file("telnyx")]);
  const ordering = await startFloor(sandbox, "telnyx-server.ts", [file("orders"), String(ordersPort)]);
  return [
    { name: "twilio alone", carrier: "twilio", ...(await startFloor(sandbox, "webhook-server.ts", ["twilio"])) },
    { name: "twilio+group", carrier: "twilio", ...group },
    { name: "telnyx+group", carrier: "telnyx", ...telnyx },
    { name: "telnyx+group+orders", carrier: "telnyx", ...ordering },
  ];
}

async function startTarget(
  sandbox: Sandbox,
  { carrier, rest, profileDir }: { carrier: CarrierName; rest: string } & BenchOptions,
): Promise<Target & { daemon: Daemon }> {
  const port = await freePort();
  const place = preparePlace(sandbox, carrier, carrierConfig(carrier, { webhooks: port, rest }));
  const nodeOptions = profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  const daemon = await startDaemon(sandbox, place, { nodeOptions });
  return { name: carrier, carrier, port, pid: daemon.pid, daemon };
}

async function playRounds(
  targets: readonly Target[],
  { rounds, run }: { rounds: number; run: Run },
): Promise<Map<string, WebhookLoadResult[]>> {
  const results = new Map(targets.map(({ name }): [string, WebhookLoadResult[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const result = await run(target);
      results.get(target.name)?.push(result);
      const [rate, cpu] = [Math.round(result.perSecond), result.cpuUs.toFixed(0)];
      note(`round ${round + 1}: ${target.name} ${rate}/s, ${cpu} µs CPU, p99 ${(result.p99Us / 1000).toFixed(1)} ms`);
    }
  }
  return results;
}

function rateRows(results: Results): Row[] {
  const rate = ({ perSecond }: WebhookLoadResult): number => perSecond;
  return [
    judged(compared(results, { name: "twilio", floor: "twilio+group", by: rate }), ">= 0.6"),
    unjudged(compared(results, { name: "twilio", floor: "twilio alone", by: rate })),
    judged(compared(results, { name: "plivo", floor: "twilio+group", by: rate }), ">= 0.6"),
  ];
}

/** Ratios of CPU time. A call's two orders are no part of the goal's floor, but they are of what the daemon does. */
function telnyxRows(results: Results): Row[] {
  const cpu = ({ cpuUs }: WebhookLoadResult): number => cpuUs;
  return [
    judged(compared(results, { name: "telnyx", floor: "telnyx+group", by: cpu }), "CPU <= 1.25"),
    unjudged(compared(results, { name: "telnyx", floor: "telnyx+group+orders", by: cpu })),
  ];
}

interface Comparison {
  name: string;
  floor: string;
  /** Whose ratio counts. */
  by: (result: WebhookLoadResult) => number;
}

function compared(results: Results, { name, floor: floorName, by }: Comparison): Row & { ratio: number; met: boolean } {
  const [ours, floor] = [results.get(name) ?? [], results.get(floorName) ?? []];
  const rate = (rounds: readonly WebhookLoadResult[]): number => median(rounds.map(({ perSecond }) => perSecond));
  const cpu = (rounds: readonly WebhookLoadResult[]): number => median(rounds.map(({ cpuUs }) => cpuUs));
  const p99 = median(ours.map(({ p99Us }) => p99Us)) / 1000;
  const wrong = ours.reduce((sum, round) => sum + round.wrong, 0);
  return {
    bench: "webhooks",
    figure: `${name}: stored and answered, ${connections} connections, ${wrong} wrong answers`,
    measured: `${Math.round(rate(ours))}/s, p99 ${p99.toFixed(1)} ms`,
    cpu: `${cpu(ours).toFixed(0)} vs ${cpu(floor).toFixed(0)} µs (${(cpu(ours) / cpu(floor)).toFixed(2)} x)`,
    floor: `${floorName}: ${Math.round(rate(floor))}/s`,
    ratio: pairedRatio(ours.map(by), floor.map(by)),
    met: wrong === 0,
  };
}

/** At least so much of the floor's rate, or (`CPU <=`) at most so much of its CPU time. */
function judged(row: Row & { ratio: number; met: boolean }, goal: ">= 0.6" | "CPU <= 1.25"): Row {
  return { ...row, goal, met: row.met && (goal === ">= 0.6" ? row.ratio >= 0.6 : row.ratio <= 1.25) };
}

function unjudged({ met: _met, ...row }: Row): Row {
  return row;
}

function forgedRow({ name }: Target, { forged, forgedAccepted, wrong, cpuUs }: WebhookLoadResult): Row {
  return {
    bench: "webhooks",
    figure: `${name}: every second one forged`,
    measured: `${forgedAccepted} of ${forged} accepted, ${wrong} wrong answers`,
    cpu: `${cpuUs.toFixed(0)} µs`,
    goal: "none accepted",
    met: forgedAccepted === 0 && wrong === 0 && forged > 0,
  };
}

async function refusalRow(target: Target, { rounds, run }: { rounds: number; run: Run }): Promise<Row> {
  const ofRight: number[] = [];
  const ofForged: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ofRight.push((await run(target)).cpuUs);
    ofForged.push((await run(target, { forgedShare: 1 })).cpuUs);
  }
  const ratio = pairedRatio(ofForged, ofRight);
  return {
    bench: "webhooks",
    figure: `${target.name}: what a wrong signature costs`,
    measured: `${median(ofForged).toFixed(0)} µs`,
    cpu: `${median(ofForged).toFixed(0)} vs ${median(ofRight).toFixed(0)} µs`,
    floor: "a right one",
    ratio,
    goal: "CPU <= 1",
    met: ratio <= 1,
  };
}

async function latencyRows(target: Target, run: Run): Promise<Row[]> {
  const paced = await run(target, { connections: manyConnections, pauseMs });
  const flooded = await run(target, { connections: manyConnections });
  const row = (how: string, { p50Us, p99Us, perSecond, wrong }: WebhookLoadResult): Row => ({
    bench: "webhooks",
    figure: `${target.name}: acknowledgement, ${manyConnections} connections, ${how}, ${wrong} wrong answers`,
    measured: `p50 ${(p50Us / 1000).toFixed(1)} ms, p99 ${(p99Us / 1000).toFixed(1)} ms at ${Math.round(perSecond)}/s`,
  });
  const met = paced.p99Us <= 50_000 && paced.wrong === 0;
  return [
    { ...row(`a webhook each ${pauseMs} ms`, paced), goal: "p99 <= 50 ms", met },
    row("as fast as answered", flooded),
  ];
}
