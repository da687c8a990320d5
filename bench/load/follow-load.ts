// Generator process: follows the log many times over while it plays calls, paced or as fast as it can, and prints what
// arrived when. Run by `follow.ts` with a FollowLoad as JSON in its only argument.
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { connect } from "../../src/client/index.ts";
import { cpuMicroseconds, quantile, residentMiB } from "../harness/measure.ts";
import { HttpConnection } from "./http-connection.ts";
import { type StalledFollower, stallAFollower } from "./stalled-follower.ts";
import { twilioCall } from "./twilio-call.ts";

export interface FollowLoad {
  pid: number;
  followers: number;
  /** Absent: the floor, which makes its events itself. */
  daemon?: { stateDir: string; configFile: string; webhookPort: number };
  floorPort?: number;
  /** Webhooks at this pace for so long, … */
  paced?: { perSecond: number; seconds: number };
  /** … or as fast as they are answered until so many events are stored, first `warmUp`, then `events` more. */
  flood?: { warmUp: number; events: number; withStalled: boolean };
}

export interface FollowResult {
  events: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Of the server, per event that reached a follower. */
  cpuUs: number;
  /** Events that a follower did not get, got twice or got in the wrong order. */
  wrong: number;
  /** RSS of the server above that after the warm-up: highest seen, and at the end. */
  peakGrowthMiB: number;
  endGrowthMiB: number;
  /** Events that the stalled follower did not get in the end. */
  stalledMissed: number;
}

/** Checks and times what one follower gets. */
class Receiver {
  last = 0;
  wrong = 0;
  readonly latencies: number[] = [];

  take({ seq, at }: { seq: number; at: number }): void {
    if (this.last > 0 && seq !== this.last + 1) this.wrong++;
    this.last = seq;
    this.latencies.push(performance.timeOrigin + performance.now() - at);
  }
}

async function followDaemon(
  place: { stateDir: string; configFile: string },
  receivers: Receiver[],
  signal: AbortSignal,
): Promise<void> {
  const one = async (receiver: Receiver): Promise<void> => {
    await using voice = await connect({ ...place, autoStart: false });
    for await (const event of voice.events.follow({ after: 0, signal })) receiver.take(event);
  };
  await Promise.all(receivers.map(one));
}

async function followFloor(port: number, receivers: Receiver[], signal: AbortSignal): Promise<void> {
  const sockets = receivers.map((receiver) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    socket.on("message", (message: Buffer) => receiver.take(JSON.parse(message.toString("utf8"))));
    return socket;
  });
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  for (const socket of sockets) socket.terminate();
}

/** Plays calls one webhook at a time, `everyMs` apart, until told to stop. */
async function playCalls(port: number, everyMs: number, isOver: () => boolean): Promise<void> {
  using line = new HttpConnection(port);
  let due = performance.now();
  while (!isOver()) {
    for (const webhook of twilioCall()) {
      due += everyMs;
      const wait = due - performance.now();
      if (everyMs > 0 && wait > 0) await sleep(wait);
      const { status } = await line.send(webhook.bytes);
      if (status !== 200) throw new Error(`a genuine webhook was answered ${status}`);
    }
  }
}

async function until(condition: () => boolean, look: () => void = () => undefined): Promise<void> {
  for (const end = performance.now() + 120_000; !condition(); look()) {
    if (performance.now() > end) throw new Error("the followers did not get there within two minutes");
    await sleep(50);
  }
}

async function paced(load: FollowLoad, receivers: readonly Receiver[]): Promise<FollowResult> {
  const { perSecond, seconds } = load.paced ?? { perSecond: 50, seconds: 5 };
  let isOver = false;
  const players =
    load.daemon === undefined ? Promise.resolve() : playCalls(load.daemon.webhookPort, 1000 / perSecond, () => isOver);
  // The first second is for connecting and for warming up.
  await sleep(1000);
  await until(() => receivers.every(({ last }) => last > 0));
  const seen = receivers.map(({ latencies }) => latencies.length);
  const cpu = cpuMicroseconds(load.pid);
  const begin = performance.now();
  await sleep(seconds * 1000);
  const latencies = receivers.flatMap((receiver, index) => receiver.latencies.slice(seen[index]));
  const tookMs = performance.now() - begin;
  const cpuUs = (cpuMicroseconds(load.pid) - cpu) / latencies.length;
  isOver = true;
  await players;
  const events = latencies.length / receivers.length;
  return {
    ...result(receivers),
    events,
    perSecond: (events / tookMs) * 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuUs,
  };
}

async function flood(load: FollowLoad, receivers: readonly Receiver[]): Promise<FollowResult> {
  const { daemon, flood: size } = load;
  if (daemon === undefined || size === undefined) throw new TypeError("a flood needs a daemon and a size");
  const target = { at: size.warmUp };
  const reached = (): boolean => receivers.every(({ last }) => last >= target.at);
  const play = async (): Promise<unknown> =>
    Promise.all(
      Array.from({ length: 16 }, () => playCalls(daemon.webhookPort, 0, () => (receivers[0]?.last ?? 0) >= target.at)),
    );
  await Promise.all([play(), until(reached)]);
  let stalled: StalledFollower | undefined;
  if (size.withStalled) stalled = await stallAFollower(daemon.stateDir);
  await sleep(500);
  const before = residentMiB(load.pid);
  const cpu = cpuMicroseconds(load.pid);
  const begin = performance.now();
  let peak = before;
  target.at += size.events;
  await Promise.all([play(), until(reached, () => (peak = Math.max(peak, residentMiB(load.pid))))]);
  const tookMs = performance.now() - begin;
  const cpuUs = (cpuMicroseconds(load.pid) - cpu) / (size.events * receivers.length);
  const after = residentMiB(load.pid);
  const last = Math.max(...receivers.map((receiver) => receiver.last));
  await until(() => receivers.every((receiver) => receiver.last === last));
  const stalledMissed = (await stalled?.missedUpTo(last)) ?? 0;
  return {
    ...result(receivers),
    events: last,
    perSecond: (size.events / tookMs) * 1000,
    cpuUs,
    peakGrowthMiB: peak - before,
    endGrowthMiB: after - before,
    stalledMissed,
  };
}

function result(receivers: readonly Receiver[]): FollowResult {
  const wrong = receivers.reduce((sum, receiver) => sum + receiver.wrong, 0);
  const none = Number.NaN;
  return {
    events: 0,
    perSecond: none,
    p50Ms: none,
    p99Ms: none,
    cpuUs: none,
    wrong,
    peakGrowthMiB: none,
    endGrowthMiB: none,
    stalledMissed: 0,
  };
}

async function main(load: FollowLoad): Promise<void> {
  const receivers = Array.from({ length: load.followers }, () => new Receiver());
  const stop = new AbortController();
  const following =
    load.daemon === undefined
      ? followFloor(load.floorPort ?? 0, receivers, stop.signal)
      : followDaemon(load.daemon, receivers, stop.signal);
  const found = await Promise.race([
    load.flood === undefined ? paced(load, receivers) : flood(load, receivers),
    following,
  ]);
  if (found === undefined) throw new Error("the followers ended early");
  console.log(JSON.stringify(found));
  stop.abort();
  await following;
}

if (import.meta.main) {
  const load: FollowLoad = JSON.parse(process.argv[2] ?? "");
  await main(load);
}
