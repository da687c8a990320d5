// A thousand short calls on media streams: what the daemon holds afterwards of what it held before.
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Holdings, holdingsAt, inspected } from "./harness/inspector.ts";
import { residentMiB } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import { startStreaming } from "./harness/streaming.ts";
import type { SoakLoad, SoakLoadResult } from "./load/soak-load.ts";

interface Sample extends Holdings {
  residentMiB: number;
  /** Open file descriptors. */
  handles: number;
}

const atOnce = 40;
/** After them all code is compiled, and caches are as full as they get. */
const warmUp = 200;
/** What closes late, closes meanwhile. */
const settleMs = 1500;
const mostGrowth = 1.1;

export async function benchSoak({ quick }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const { nodeOptions, port: inspectorPort } = await inspected();
  const greeting = "Hello, this is the assistant.";
  const { daemon, generator, port, place } = await startStreaming(sandbox, {
    script: "soak-load.ts",
    greeting,
    nodeOptions,
  });
  const run = async (calls: number): Promise<SoakLoadResult> => {
    const load: SoakLoad = { port, ...place, calls, atOnce };
    return (await generator.play(load)) as SoakLoadResult;
  };
  const sample = async (): Promise<Sample> => {
    await sleep(settleMs);
    const holdings = await holdingsAt(inspectorPort);
    return { ...holdings, residentMiB: residentMiB(daemon.pid), handles: handlesOf(daemon.pid) };
  };
  await run(warmUp);
  const before = await sample();
  const result = await run(quick ? 300 : 1000);
  const after = await sample();
  note(`${result.answered} calls answered, ${result.failed} not`);
  await generator.stop();
  await daemon.stop();
  const calls = `${result.answered} calls, ${result.failed} failed`;
  return [
    row(`resident memory after ${calls}`, "MiB", [before.residentMiB, after.residentMiB]),
    row("heap without garbage", "MiB", [before.heapMiB, after.heapMiB]),
    row("entries of all maps and sets", "", [before.entries, after.entries]),
    row("timers, sockets and servers", "", [before.resources, after.resources]),
    row("open file descriptors", "", [before.handles, after.handles]),
  ];
}

function row(figure: string, unit: string, [before, after]: [number, number]): Row {
  const shown = (value: number): string => `${value.toFixed(unit === "" ? 0 : 1)} ${unit}`.trim();
  const ratio = after / before;
  return {
    bench: "soak",
    figure,
    measured: shown(after),
    floor: `before: ${shown(before)}`,
    ratio,
    goal: "<= 1.1",
    met: ratio <= mostGrowth,
  };
}

function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
