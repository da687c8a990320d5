// Live audio: what a call on a media stream costs against a bare server, how late its audio is, and what it takes of memory.
import { median, pairedRatio } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { startFloor, startGenerator } from "./harness/programs.ts";
import { punctual, verdict } from "./harness/punctual.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import { startStreaming } from "./harness/streaming.ts";
import type { MediaLoad, MediaLoadResult } from "./load/media-load.ts";
import { voiceMsPerLetter } from "./load/speech-services.ts";
import type { StepLoadResult } from "./load/step-load.ts";

const script = "media-load.ts";
/** What a voice keeps of a greeting is no longer: it is played from memory, as a floor's is. */
const keptMs = 29_000;
const quietLine = 15;
/** Loud enough for the voice detector to look at, and no voice. */
const noisyRoom = 300;
const mostRounds = 3;

type Load = Omit<MediaLoad, "target" | "port" | "pid">;

export async function benchMedia({ quick, rounds, profileDir }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const run = daemonLoad(sandbox, profileDir);
  const load: Load = { calls: 200, noise: quietLine, warmMs: 2000, measureMs: quick ? 3000 : 5000 };
  const found: Cost[] = [];
  const frames: FrameCost[] = [];
  for (let round = 1; round <= Math.min(rounds, mostRounds); round++) {
    const floor = shown(`round ${round}: floor`, await onFloor(sandbox, load));
    found.push({ floor, daemon: shown(`round ${round}: daemon`, await run(load, keptMs)) });
  }
  for (let round = 1; round <= Math.min(rounds, quick ? 1 : 2); round++) {
    const { daemon, floor } = await frameCost(sandbox, 400);
    note(`in step, round ${round}: ${daemon.toFixed(1)} µs a frame, floor ${floor.toFixed(1)} µs`);
    frames.push({ daemon, floor });
  }
  const alert = shown("voice detector at work", await run({ ...load, calls: 40, noise: noisyRoom }, keptMs));
  const rows = [costRow(found), frameRow(frames), detectorRow(alert), memoryRow(found)];
  if (quick) return rows;
  const many = await punctual(async () => shown("250 calls", await run({ ...load, calls: 250 }, keptMs)));
  const long = shown("a minute", await run({ ...load, calls: 100, measureMs: 60_000 }, 90_000));
  return [...rows, latenessRow(many), driftRow(long)];
}

/** What calls cost, in the same moment. */
interface Cost {
  floor: MediaLoadResult;
  daemon: MediaLoadResult;
}

/** CPU time of a frame, in µs. */
export interface FrameCost {
  floor: number;
  daemon: number;
}

const stepCalls = 100;

/** What a caller's frame costs when all callers' frames come at once, which no other program's haste can change. */
export async function frameCost(sandbox: Sandbox, steps: number): Promise<FrameCost> {
  const generator = await startGenerator(sandbox, "step-load.ts");
  const floor = await startFloor(sandbox, "media-server.ts", [String(generator.port), "in-step"]);
  const load = { calls: stepCalls, steps };
  const bare = (await generator.play({ ...load, target: "floor", port: floor.port, pid: floor.pid })) as StepLoadResult;
  await generator.stop();
  await floor.stop();
  const options = { script: "step-load.ts", greeting: greetingOf(keptMs), interruptions: { protectMs: 0 } };
  const { daemon, generator: caller, port } = await startStreaming(sandbox, options);
  const ours = (await caller.play({ ...load, target: "daemon", port, pid: daemon.pid })) as StepLoadResult;
  await caller.stop();
  await daemon.stop();
  return { floor: bare.cpuUsPerFrame, daemon: ours.cpuUsPerFrame };
}

type Run = (load: Load, greetingMs: number) => Promise<MediaLoadResult>;

/** Each load has a daemon and a generator of its own. */
function daemonLoad(sandbox: Sandbox, profileDir?: string): Run {
  const nodeOptions = profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  return async (load, greetingMs) => {
    const options = { script, nodeOptions, greeting: greetingOf(greetingMs), interruptions: { protectMs: 0 } };
    const { daemon, generator, port } = await startStreaming(sandbox, options);
    const all: MediaLoad = { ...load, target: "daemon", port, pid: daemon.pid };
    const result = (await generator.play(all)) as MediaLoadResult;
    await generator.stop();
    await daemon.stop();
    return result;
  };
}

async function onFloor(sandbox: Sandbox, load: Load): Promise<MediaLoadResult> {
  const generator = await startGenerator(sandbox, script);
  const floor = await startFloor(sandbox, "media-server.ts", [String(generator.port)]);
  const all: MediaLoad = { ...load, target: "floor", port: floor.port, pid: floor.pid };
  const result = (await generator.play(all)) as MediaLoadResult;
  await generator.stop();
  await floor.stop();
  return result;
}

/** A text whose saying lasts so long. */
function greetingOf(ms: number): string {
  const sentence = "You have reached the assistant of this house, which has a great deal to tell you today. ";
  const letters = Math.round(ms / voiceMsPerLetter);
  return sentence.repeat(Math.ceil(letters / sentence.length)).slice(0, letters);
}

function shown(what: string, result: MediaLoadResult): MediaLoadResult {
  const { cpuMsPerCallSecond, inP99Ms, outP99Ms, lateP99Ms, whole, calls } = result;
  const late = `late p99 in ${inP99Ms.toFixed(1)}, out ${outP99Ms.toFixed(1)}, generator ${lateP99Ms.toFixed(1)} ms`;
  note(`${what}: ${cpuMsPerCallSecond.toFixed(2)} ms a call-second, ${late}, ${whole} of ${calls} calls whole`);
  return result;
}

/** A broken call costs less: rounds with some count only where there is no other, and then without a verdict. */
function costRow(found: readonly Cost[]): Row {
  const sound = found.filter(({ daemon }) => brokenOf([daemon]) === 0);
  const counted = sound.length > 0 ? sound : found;
  const cpu = (of: keyof Cost): number[] => counted.map((round) => round[of].cpuMsPerCallSecond);
  const ratio = pairedRatio(cpu("daemon"), cpu("floor"));
  const [own, bare] = [median(cpu("daemon")).toFixed(2), median(cpu("floor")).toFixed(2)];
  return {
    bench: "media",
    figure: `a second of a call with its recogniser, 200 calls, ${sound.length} of ${found.length} rounds sound`,
    measured: `${own} ms CPU`,
    cpu: `${own} vs ${bare} ms`,
    floor: `media-server: ${bare} ms`,
    ratio,
    goal: "CPU <= 1.3",
    ...(sound.length > 0 && { met: ratio <= 1.3 }),
  };
}

function frameRow(found: readonly FrameCost[]): Row {
  const [ours, bare] = [found.map(({ daemon }) => daemon), found.map(({ floor }) => floor)];
  const ratio = pairedRatio(ours, bare);
  return {
    bench: "media",
    figure: `a caller's frame to the recogniser and one of ours back, ${stepCalls} calls in step`,
    measured: `${median(ours).toFixed(1)} µs CPU`,
    cpu: `${median(ours).toFixed(1)} vs ${median(bare).toFixed(1)} µs`,
    floor: `media-server: ${median(bare).toFixed(1)} µs`,
    ratio,
    goal: "CPU <= 1.3",
    met: ratio <= 1.3,
  };
}

function detectorRow(alert: MediaLoadResult): Row {
  const share = alert.cpuMsPerCallSecond / 10;
  return {
    bench: "media",
    figure: `a call with the voice detector at work, ${alert.calls} calls, ${brokenOf([alert])} of them broken`,
    measured: `${share.toFixed(2)} % of a core`,
    goal: "<= 1.3 %",
    ...(brokenOf([alert]) === 0 && { met: share <= 1.3 }),
  };
}

function memoryRow(found: readonly Cost[]): Row {
  const mib = median(found.map(({ daemon }) => daemon.mibPerCall));
  return {
    bench: "media",
    figure: "memory of a call",
    measured: `${mib.toFixed(2)} MiB`,
    goal: "<= 1.5 MB",
    met: mib <= 1.43,
  };
}

function latenessRow(many: MediaLoadResult): Row {
  const { inP99Ms, outP99Ms, calls } = many;
  return {
    bench: "media",
    figure: `lateness of audio on one core, ${calls} calls both ways, ${brokenOf([many])} of them broken`,
    measured: `p99 in ${inP99Ms.toFixed(1)}, out ${outP99Ms.toFixed(1)} ms`,
    goal: "p99 < 20 ms",
    ...verdict(many, inP99Ms < 20 && outP99Ms < 20),
  };
}

function driftRow(long: MediaLoadResult): Row {
  return {
    bench: "media",
    figure: `behind after a minute of speech, ${long.calls} calls, ${brokenOf([long])} of them broken`,
    measured: `at most ${long.outMaxMs.toFixed(1)} ms`,
    goal: "< 10 ms",
    ...verdict(long, long.outMaxMs < 10 && brokenOf([long]) === 0),
  };
}

function brokenOf(all: readonly MediaLoadResult[]): number {
  return all.reduce((sum, { calls, whole }) => sum + calls - whole, 0);
}
