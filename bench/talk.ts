// Live talk: how soon an answer is on its way once a turn has ended, how soon we fall silent, how soon the embedded voice speaks.
import { median, quantile } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { punctual, verdict } from "./harness/punctual.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import { startStreaming } from "./harness/streaming.ts";
import { embeddedVoice } from "./load/caller-audio.ts";
import type { OnsetLoad, OnsetLoadResult } from "./load/onset-load.ts";
import type { TurnsLoad, TurnsLoadResult } from "./load/turns-load.ts";

/** After more false alarms it takes more voice to silence us. */
const onsetsThatCount = 2;

export async function benchTalk({ quick }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  return [
    ...(await answered(sandbox, { calls: 1, turnsOfCall: quick ? 60 : 150, pauseMs: 30 })),
    ...(await answered(sandbox, { calls: 50, turnsOfCall: quick ? 4 : 8, pauseMs: 500 })),
    ...(await interrupted(sandbox, { calls: quick ? 15 : 40, onsetsOfCall: onsetsThatCount })),
    await embeddedRow(),
  ];
}

type Turns = Pick<TurnsLoad, "calls" | "turnsOfCall" | "pauseMs">;

async function answered(sandbox: Sandbox, turns: Turns): Promise<Row[]> {
  const result = await punctual(async () => {
    const { daemon, generator, port, place } = await startStreaming(sandbox, { script: "turns-load.ts", greeting: "" });
    const load: TurnsLoad = { ...turns, port, pid: daemon.pid, ...place };
    const found = (await generator.play(load)) as TurnsLoadResult;
    await generator.stop();
    await daemon.stop();
    const { unanswered, toldMs, lateP99Ms } = found;
    note(`${turns.calls} calls: ${toldMs.length} turns, ${unanswered} unanswered, ${late(lateP99Ms)}`);
    return found;
  });
  const row = (clock: string, ms: readonly number[]): Row => ({
    bench: "talk",
    figure: `turn ended to first frame, calls: ${turns.calls}, ${clock}`,
    measured: `p50 ${median(ms).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)} ms (${ms.length})`,
  });
  const judged = (clock: string, ms: readonly number[]): Row => ({
    ...row(clock, ms),
    goal: "p50 <= 5, p99 <= 20 ms",
    ...verdict(result, median(ms) <= 5 && quantile(ms, 0.99) <= 20 && result.unanswered === 0),
  });
  return [
    judged("by the daemon's clock", result.toldMs),
    judged("by the carrier's", result.heardMs),
    { ...row("without responder and voice", result.ownMs), cpu: `${result.cpuMsPerTurn.toFixed(1)} ms` },
  ];
}

const late = (ms: number): string => `generator late by ${ms.toFixed(1)} ms (p99)`;

async function interrupted(sandbox: Sandbox, onsets: Pick<OnsetLoad, "calls" | "onsetsOfCall">): Promise<Row[]> {
  const greeting = "You have reached the assistant of this house, and it has quite a lot to tell you. ".repeat(8);
  const result = await punctual(async () => {
    const options = { script: "onset-load.ts", greeting, interruptions: { protectMs: 0 } };
    const { daemon, generator, port } = await startStreaming(sandbox, options);
    const found = (await generator.play({ ...onsets, port })) as OnsetLoadResult;
    await generator.stop();
    await daemon.stop();
    note(`${found.sinceOnsetMs.length} onsets, ${found.missed} missed, ${late(found.lateP99Ms)}`);
    return found;
  });
  const { sinceOnsetMs, sinceFrameMs, missed } = result;
  const row = (figure: string, ms: readonly number[]): Row => ({
    bench: "talk",
    figure,
    measured: `p50 ${median(ms).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)} ms (${ms.length}, ${missed} missed)`,
  });
  const [toClear, ofOurs] = [median(sinceOnsetMs) <= 300, quantile(sinceFrameMs, 0.99) <= 5];
  return [
    { ...row("caller begins to speak to clear", sinceOnsetMs), goal: "p50 <= 300 ms", ...verdict(result, toClear) },
    { ...row("frame that decides it to clear", sinceFrameMs), goal: "p99 <= 5 ms", ...verdict(result, ofOurs) },
  ];
}

const sentence = "The train to the city leaves at nine in the morning.";
const times = 20;

/** Warm, which it is when a call that may need it has been up for a second. */
async function embeddedRow(): Promise<Row> {
  await using voice = embeddedVoice();
  const found: number[] = [];
  for (let time = 0; time < times; time++) {
    const askedAt = performance.now();
    await voice.synthesise(sentence, new AbortController().signal).next();
    found.push(performance.now() - askedAt);
  }
  const warm = found.slice(times / 4);
  return {
    bench: "talk",
    figure: "embedded voice: first audio of ten words, warm",
    measured: `p50 ${median(warm).toFixed(0)} ms, p99 ${quantile(warm, 0.99).toFixed(0)} ms`,
    goal: "p50 <= 150 ms",
    met: median(warm) <= 150,
  };
}
