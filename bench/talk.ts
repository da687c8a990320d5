// Live talk: how soon an answer is on its way once a turn has ended, how soon we fall silent, how soon the embedded voice speaks.
import { median, quantile } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import { startStreaming } from "./harness/streaming.ts";
import { embeddedVoice } from "./load/caller-audio.ts";
import type { OnsetLoad, OnsetLoadResult } from "./load/onset-load.ts";
import type { TurnsLoad, TurnsLoadResult } from "./load/turns-load.ts";

export async function benchTalk({ quick }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  return [
    ...(await answered(sandbox, { calls: 1, turnsOfCall: quick ? 60 : 150, pauseMs: 30 })),
    ...(await answered(sandbox, { calls: 50, turnsOfCall: quick ? 4 : 8, pauseMs: 500 })),
    ...(await interrupted(sandbox, { calls: 15, onsetsOfCall: quick ? 2 : 5 })),
    await embeddedRow(),
  ];
}

type Turns = Pick<TurnsLoad, "calls" | "turnsOfCall" | "pauseMs">;

async function answered(sandbox: Sandbox, turns: Turns): Promise<Row[]> {
  const { daemon, generator, port, place } = await startStreaming(sandbox, { script: "turns-load.ts", greeting: "" });
  const load: TurnsLoad = { ...turns, port, ...place };
  const result = (await generator.play(load)) as TurnsLoadResult;
  await generator.stop();
  await daemon.stop();
  note(`${turns.calls} calls: ${result.toldMs.length} turns, ${result.unanswered} unanswered`);
  const isGood = result.unanswered === 0;
  return [
    answerRow(`by the daemon's clock`, result.toldMs, { ...turns, isGood }),
    answerRow(`by the carrier's`, result.heardMs, { ...turns, isGood }),
  ];
}

function answerRow(clock: string, ms: readonly number[], { calls, isGood }: Turns & { isGood: boolean }): Row {
  const [p50, p99] = [quantile(ms, 0.5), quantile(ms, 0.99)];
  return {
    bench: "talk",
    figure: `turn ended to first frame, ${calls} calls, ${clock}`,
    measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${ms.length})`,
    goal: "p50 <= 5, p99 <= 20 ms",
    met: p50 <= 5 && p99 <= 20 && isGood,
  };
}

async function interrupted(sandbox: Sandbox, onsets: Pick<OnsetLoad, "calls" | "onsetsOfCall">): Promise<Row[]> {
  const greeting = "You have reached the assistant of this house, and it has quite a lot to tell you. ".repeat(8);
  const { daemon, generator, port } = await startStreaming(sandbox, {
    script: "onset-load.ts",
    greeting,
    interruptions: { protectMs: 0 },
  });
  const result = (await generator.play({ ...onsets, port })) as OnsetLoadResult;
  await generator.stop();
  await daemon.stop();
  const { sinceOnsetMs, sinceFrameMs, missed, lateP99Ms } = result;
  note(`onsets: generator late by ${lateP99Ms.toFixed(1)} ms (p99), ${missed} missed`);
  const row = (figure: string, ms: readonly number[]): Row => ({
    bench: "talk",
    figure,
    measured: `p50 ${median(ms).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)} ms (${ms.length}, ${missed} missed)`,
  });
  return [
    {
      ...row("caller begins to speak to clear", sinceOnsetMs),
      goal: "p50 <= 300 ms",
      met: median(sinceOnsetMs) <= 300,
    },
    {
      ...row("frame that decides it to clear", sinceFrameMs),
      goal: "p99 <= 5 ms",
      met: quantile(sinceFrameMs, 0.99) <= 5,
    },
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
