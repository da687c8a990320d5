// The store in this process: commits at a call's pace, throughput with many writers, and a log of a million events.
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { CallEvent } from "../src/call/event.ts";
import type { Append } from "../src/daemon/store/event-store.ts";
import { openFloorStore } from "./floors/group-commit.ts";
import { median, pairedRatio, quantile } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import { openStore } from "./load/open-store.ts";
import { benchLargeLog } from "./store-large.ts";

/** Stores one event; settles after its commit. */
type Put = () => Promise<void>;

/** One contestant: the store of the daemon, or its floor. */
interface Contestant extends AsyncDisposable {
  put: Put;
}

export async function benchStore({ rounds, quick }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const paced = [];
  const rates = [];
  for (let round = 0; round < rounds; round++) {
    const file = (name: string): string => join(sandbox.dir, `${name}-${round}.sqlite`);
    const ours = {
      paced: await pacedCommits(ourStore(file("paced")), quick ? 4 : 12),
      rate: await throughput(ourStore(file("rate"))),
    };
    const floor = {
      paced: await pacedCommits(floorStore(file("floor-paced")), quick ? 4 : 12),
      rate: await throughput(floorStore(file("floor-rate"))),
    };
    paced.push({ ours: ours.paced, floor: floor.paced });
    rates.push({ ours: ours.rate, floor: floor.rate });
    note(
      `round ${round + 1}: commit p99.9 ${ours.paced.p999.toFixed(2)} ms, 32 writers ${Math.round(ours.rate.perSecond)}/s (floor ${Math.round(floor.rate.perSecond)}/s)`,
    );
  }
  const large = quick ? [] : await benchLargeLog(sandbox, rounds);
  return [...pacedRows(paced), rateRow(rates), ...large];
}

function ourStore(file: string): Contestant {
  const store = openStore(file);
  const writer = eventSource();
  return {
    put: async () => void (await store.append(writer())),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function floorStore(file: string): Contestant {
  const store = openFloorStore(file);
  const writer = eventSource();
  return {
    put: () =>
      new Promise((resolve) => {
        const { callId, webhook, events } = writer();
        store({ callId, status: "live", key: webhook?.key ?? "", json: JSON.stringify(events[0]), done: resolve });
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Appends of one event each with a carrier's key, spread over 64 live calls, as many as are asked for. */
function eventSource(): () => Append {
  let count = 0;
  const lanes = 64;
  return () => {
    const lane = count % lanes;
    const callSeq = Math.floor(count / lanes) + 1;
    count++;
    const event: CallEvent = {
      type: "caller.spoke",
      text: "Could you move my appointment to Thursday, please? ".repeat(3),
      turn: `t${callSeq}`,
      confidence: 0.93,
    };
    return {
      callId: `call-bench${String(lane).padStart(10, "0")}`,
      firstCallSeq: callSeq,
      at: Date.now(),
      events: [event],
      row: { carrier: "twilio", carrierCallId: `CA${String(lane).padStart(32, "0")}`, startedAt: 1_700_000_000_000 },
      webhook: {
        key: `twilio:${count}-0123456789abcdefghijklmnop=`,
        reply: '{"status":200,"contentType":"text/xml","body":"<Response/>"}',
      },
    };
  };
}

interface Paced {
  /** ms on the main loop per commit. */
  p50: number;
  p99: number;
  p999: number;
  max: number;
  /** CPU time of the whole process per commit, µs: the wake-up and the checkpoint thread too. */
  cpuUs: number;
}

const warmUpCommits = 200;

/** 400 events a second, one commit each; a commit's time is what lies between two immediates around it. */
async function pacedCommits(contestant: Contestant, seconds: number): Promise<Paced> {
  await using store = contestant;
  const times: number[] = [];
  let cpu = process.cpuUsage();
  const begin = performance.now();
  for (let index = -warmUpCommits; index < seconds * 400; index++) {
    const wait = begin + (index + warmUpCommits) * 2.5 - performance.now();
    if (wait > 0.5) await sleep(wait);
    if (index === 0) cpu = process.cpuUsage();
    const before = nextTurn().then(() => performance.now());
    const stored = store.put();
    const after = nextTurn().then(() => performance.now());
    const [start, , end] = await Promise.all([before, stored, after]);
    if (index >= 0) times.push(end - start);
  }
  const { user, system } = process.cpuUsage(cpu);
  const [p50 = 0, p99 = 0, p999 = 0, max = 0] = [0.5, 0.99, 0.999, 1].map((share) => quantile(times, share));
  return { p50, p99, p999, max, cpuUs: (user + system) / times.length };
}

interface Rate {
  perSecond: number;
  cpuUs: number;
}

/** 32 writers, each with one append under way, for two seconds. */
async function throughput(contestant: Contestant): Promise<Rate> {
  await using store = contestant;
  let count = 0;
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const writer = async (): Promise<void> => {
    while (performance.now() - begin < 2000) {
      await store.put();
      count++;
    }
  };
  await Promise.all(Array.from({ length: 32 }, writer));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count / (performance.now() - begin)) * 1000, cpuUs: (user + system) / count };
}

function pacedRows(rounds: readonly { ours: Paced; floor: Paced }[]): Row[] {
  const of = (who: "ours" | "floor", key: keyof Paced): number => median(rounds.map((round) => round[who][key]));
  const p999 = of("ours", "p999");
  return [
    {
      bench: "store",
      figure: "commit at 400 events/s, p50 / p99 / p99.9 / max on the main loop",
      measured: `${of("ours", "p50").toFixed(2)} / ${of("ours", "p99").toFixed(2)} / ${p999.toFixed(2)} / ${of("ours", "max").toFixed(1)} ms`,
      cpu: `${of("ours", "cpuUs").toFixed(0)} vs ${of("floor", "cpuUs").toFixed(0)} µs`,
      floor: `bare SQLite: ${of("floor", "p50").toFixed(2)} / ${of("floor", "p99").toFixed(2)} / ${of("floor", "p999").toFixed(2)} / ${of("floor", "max").toFixed(1)} ms`,
      ratio: pairedRatio(
        rounds.map(({ ours }) => ours.p999),
        rounds.map(({ floor }) => floor.p999),
      ),
      goal: "p99.9 < 3 ms",
      met: p999 < 3,
    },
  ];
}

function rateRow(rounds: readonly { ours: Rate; floor: Rate }[]): Row {
  const rates = (who: "ours" | "floor"): number[] => rounds.map((round) => round[who].perSecond);
  const cpu = (who: "ours" | "floor"): string => median(rounds.map((round) => round[who].cpuUs)).toFixed(1);
  return {
    bench: "store",
    figure: "events/s with 32 writers",
    measured: `${Math.round(median(rates("ours")))}/s`,
    cpu: `${cpu("ours")} vs ${cpu("floor")} µs`,
    floor: `bare SQLite: ${Math.round(median(rates("floor")))}/s`,
    ratio: pairedRatio(rates("ours"), rates("floor")),
  };
}
