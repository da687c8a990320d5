// A log of a million events: opening it, its last 25 events, and `voicecall status` beside it.
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EventStore } from "../src/daemon/store/event-store.ts";
import { preparePlace, startDaemon } from "./harness/daemon.ts";
import { median, pairedRatio } from "./harness/measure.ts";
import { type Timing, timeProcess } from "./harness/process-time.ts";
import { type Row, note } from "./harness/report.ts";
import { type Sandbox, root } from "./harness/sandbox.ts";
import { openStore } from "./load/open-store.ts";

const events = 1_000_000;
const eventsPerCall = 10;

export async function benchLargeLog(sandbox: Sandbox, rounds: number): Promise<Row[]> {
  const config = { provider: "mock", retention: { days: 3650, calls: 1_000_000 } };
  const large = preparePlace(sandbox, "large", config);
  const empty = preparePlace(sandbox, "empty", config);
  await fill(join(large.stateDir, "calls.sqlite"));
  const opening = await openings(join(large.stateDir, "calls.sqlite"), rounds);
  const daemons = [await startDaemon(sandbox, large), await startDaemon(sandbox, empty)];
  const status = (configFile: string): Timing =>
    timeProcess(sandbox, [process.execPath, join(root, "dist", "cli.js"), "status", "--json", "--config", configFile]);
  const timings: { large: Timing; empty: Timing }[] = [];
  status(large.configFile);
  status(empty.configFile);
  for (let round = 0; round < rounds * 3; round++)
    timings.push({ large: status(large.configFile), empty: status(empty.configFile) });
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  return [...openingRows(opening), statusRow(timings)];
}

/** Bulk SQL into the tables that the store itself has made; the events are of a spoken call, all calls are over. */
async function fill(file: string): Promise<void> {
  await openStore(file)[Symbol.asyncDispose]();
  const db = new DatabaseSync(file);
  const startedAt = Date.now() - 86_400_000;
  db.exec(`begin;
    with recursive call(n) as (select 1 union all select n + 1 from call where n < ${events / eventsPerCall})
    insert into calls(n, id, carrier, carrier_call_id, started_at, ended_at)
      select n, printf('call-%016d', n), 'twilio', printf('CA%032d', n), ${startedAt} + n, ${startedAt} + n + 60000 from call;
    with recursive event(seq) as (select 1 union all select seq + 1 from event where seq < ${events})
    insert into events(seq, call, call_seq, at, v, event, webhook_key, reply)
      select seq, (seq + ${eventsPerCall - 1}) / ${eventsPerCall}, (seq - 1) % ${eventsPerCall} + 1, ${startedAt} + seq, 1,
        json_object('type', 'caller.spoke', 'text', 'Could you move my appointment to Thursday, please? It is about the car.', 'turn', 't' || seq, 'confidence', 0.93),
        iif(seq % 3 = 0, 'twilio:' || hex(randomblob(14)), null), iif(seq % 3 = 0, '{"status":200,"contentType":"text/xml","body":"<Response/>"}', null)
      from event;
    commit`);
  db.close();
  note(`a log of ${events} events, ${Math.round(statSync(file).size / 2 ** 20)} MiB`);
}

interface Opening {
  openMs: number;
  /** The first read after opening, with nothing in memory yet. */
  firstMs: number;
  lastMs: number;
}

async function openings(file: string, rounds: number): Promise<Opening[]> {
  const found: Opening[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const store = openStore(file);
    const opened = performance.now();
    const [firstMs = Number.NaN, ...others] = Array.from({ length: 20 }, () => lastRead(store));
    found.push({ openMs: opened - begin, firstMs, lastMs: median(others) });
    await store[Symbol.asyncDispose]();
  }
  return found;
}

/** ms that the last 25 events take. */
function lastRead(store: EventStore): number {
  const begin = performance.now();
  const last = store.read({ after: store.positionOfLast(25), limit: 25 });
  if (last.length !== 25) throw new Error(`${last.length} events instead of the last 25`);
  return performance.now() - begin;
}

function openingRows(rounds: readonly Opening[]): Row[] {
  const openMs = median(rounds.map((round) => round.openMs));
  const firstMs = median(rounds.map((round) => round.firstMs));
  const lastMs = median(rounds.map((round) => round.lastMs));
  return [
    {
      bench: "store",
      figure: "opening 1,000,000 events",
      measured: `${openMs.toFixed(2)} ms`,
      goal: "< 10 ms",
      met: openMs < 10,
    },
    {
      bench: "store",
      figure: "the last 25 of them",
      measured: `${lastMs.toFixed(3)} ms (first read ${firstMs.toFixed(2)} ms)`,
      goal: "< 0.2 ms",
      met: lastMs < 0.2,
    },
  ];
}

function statusRow(rounds: readonly { large: Timing; empty: Timing }[]): Row {
  const walls = (which: "large" | "empty"): number[] => rounds.map((round) => round[which].wallMs);
  const cpu = (which: "large" | "empty"): string => median(rounds.map((round) => round[which].cpuMs)).toFixed(0);
  const ratio = pairedRatio(walls("large"), walls("empty"));
  return {
    bench: "store",
    figure: "`voicecall status` beside 1,000,000 events",
    measured: `${median(walls("large")).toFixed(1)} ms`,
    cpu: `${cpu("large")} vs ${cpu("empty")} ms`,
    floor: `empty log: ${median(walls("empty")).toFixed(1)} ms`,
    ratio,
    goal: "<= 1.2",
    met: ratio <= 1.2,
  };
}
