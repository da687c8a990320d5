// Following the log: how long from stored to received with ten followers, and what one that stops reading costs.
import { freePort, preparePlace, startDaemon, carrierConfig } from "./harness/daemon.ts";
import { median, pairedRatio } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { runGenerator, startFloor } from "./harness/programs.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import type { FollowLoad, FollowResult } from "./load/follow-load.ts";

const followers = 10;

export async function benchFollow({ rounds, quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 3 : 6;
  const found: { daemon: FollowResult; floor: FollowResult }[] = [];
  for (let round = 0; round < rounds; round++) {
    const daemon = await withDaemon({ paced: { perSecond: 25, seconds } });
    const floor = await withFloor({ paced: { perSecond: 25, seconds } });
    found.push({ daemon, floor });
    note(
      `round ${round + 1}: ${daemon.perSecond.toFixed(0)} events/s, p50 ${daemon.p50Ms.toFixed(1)}, p99 ${daemon.p99Ms.toFixed(1)} ms (floor ${floor.p99Ms.toFixed(1)} ms)`,
    );
  }
  const size = quick ? { warmUp: 20_000, events: 20_000 } : { warmUp: 20_000, events: 100_000 };
  const without = await withDaemon({ flood: { ...size, withStalled: false } });
  note(`no stalled follower: +${without.peakGrowthMiB.toFixed(0)} MiB`);
  const stalled = await withDaemon({ flood: { ...size, withStalled: true } });
  return [latencyRow(found), ...stalledRows(size.events, stalled, without)];
}

type Task = Pick<FollowLoad, "paced" | "flood">;

async function withDaemon(task: Task): Promise<FollowResult> {
  await using sandbox = new Sandbox();
  const webhookPort = await freePort();
  const place = preparePlace(
    sandbox,
    "follow",
    carrierConfig("twilio", { webhooks: webhookPort, rest: "http://127.0.0.1:9" }),
  );
  const { pid } = await startDaemon(sandbox, place);
  const readers = task.flood?.withStalled === true ? followers - 1 : followers;
  return await run(sandbox, { ...task, pid, followers: readers, daemon: { ...place, webhookPort } });
}

async function withFloor(task: Task): Promise<FollowResult> {
  await using sandbox = new Sandbox();
  const { port, pid } = await startFloor(sandbox, "broadcast-server.ts");
  return await run(sandbox, { ...task, pid, followers, floorPort: port });
}

async function run(sandbox: Sandbox, load: FollowLoad): Promise<FollowResult> {
  return (await runGenerator(sandbox, "follow-load.ts", load)) as FollowResult;
}

function latencyRow(rounds: readonly { daemon: FollowResult; floor: FollowResult }[]): Row {
  const of = (who: "daemon" | "floor", key: keyof FollowResult): number[] => rounds.map((round) => round[who][key]);
  const p99 = median(of("daemon", "p99Ms"));
  const wrong = of("daemon", "wrong").reduce((sum, count) => sum + count, 0);
  return {
    bench: "follow",
    figure: `stored to received, ${followers} followers, ${median(of("daemon", "perSecond")).toFixed(0)} events/s`,
    measured: `p50 ${median(of("daemon", "p50Ms")).toFixed(1)}, p99 ${p99.toFixed(1)} ms, ${wrong} wrong`,
    cpu: `${median(of("daemon", "cpuUs")).toFixed(0)} vs ${median(of("floor", "cpuUs")).toFixed(0)} µs a delivery`,
    floor: `bare ws: p50 ${median(of("floor", "p50Ms")).toFixed(1)}, p99 ${median(of("floor", "p99Ms")).toFixed(1)} ms`,
    ratio: pairedRatio(of("daemon", "p99Ms"), of("floor", "p99Ms")),
    goal: "p99 <= 5 ms",
    met: p99 <= 5 && wrong === 0,
  };
}

function stalledRows(events: number, stalled: FollowResult, without: FollowResult): Row[] {
  const growth = ({ peakGrowthMiB, endGrowthMiB }: FollowResult): string =>
    `+${peakGrowthMiB.toFixed(0)} MiB at most, +${endGrowthMiB.toFixed(0)} at the end`;
  const cpu = `${stalled.cpuUs.toFixed(0)} vs ${without.cpuUs.toFixed(0)} µs a delivery`;
  return [
    {
      bench: "follow",
      figure: `growth over ${events} events, one follower stalled`,
      measured: growth(stalled),
      cpu,
      floor: `none stalled: ${growth(without)}`,
      goal: "< 48 MiB",
      met: stalled.peakGrowthMiB < 48,
    },
    {
      bench: "follow",
      figure: `the ${followers - 1} others meanwhile, at ${stalled.perSecond.toFixed(0)} events/s`,
      measured: `${stalled.wrong} events lost, repeated or out of order`,
      goal: "0",
      met: stalled.wrong === 0,
    },
    {
      bench: "follow",
      figure: "the stalled one, when it reads on",
      measured: `${stalled.stalledMissed} events missed`,
      goal: "0",
      met: stalled.stalledMissed === 0,
    },
  ];
}
