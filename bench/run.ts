// The benchmarks: `node bench/run.ts [name …] [--rounds 5] [--quick] [--strict] [--profile <dir>]`.
import { parseArgs } from "node:util";
import type { BenchOptions } from "./harness/options.ts";
import { type Row, note, printTable } from "./harness/report.ts";
import { canPin } from "./harness/sandbox.ts";

type Bench = (options: BenchOptions) => Promise<Row[]>;

const benches: Record<string, () => Promise<Bench>> = {
  start: async () => (await import("./start.ts")).benchStart,
  memory: async () => (await import("./memory.ts")).benchMemory,
  webhooks: async () => (await import("./webhooks.ts")).benchWebhooks,
  responder: async () => (await import("./responder.ts")).benchResponder,
  follow: async () => (await import("./follow.ts")).benchFollow,
  media: async () => (await import("./media.ts")).benchMedia,
  talk: async () => (await import("./talk.ts")).benchTalk,
  soak: async () => (await import("./soak.ts")).benchSoak,
  store: async () => (await import("./store.ts")).benchStore,
  kill: async () => (await import("./kill.ts")).benchKill,
};

const help = `Usage: node bench/run.ts [name ...] [options]

Benchmarks: ${Object.keys(benches).join(", ")} (all of them by default)

Options:
  --rounds <n>     interleaved rounds, of which the median counts (default 5)
  --quick          shorter loads, fewer kills, no log of a million events
  --strict         exit code 1 when a goal is missed
  --profile <dir>  keep CPU profiles of the daemons under webhook and media load
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const { quick, profile } = values;
  const options: BenchOptions = {
    rounds: Number(values.rounds),
    quick,
    ...(profile !== undefined && { profileDir: profile }),
  };
  note(
    canPin
      ? "servers on core 0, generators on core 1"
      : "no pinning to cores (taskset is missing): rates are less steady",
  );
  const rows: Row[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
    const load = benches[name];
    if (load === undefined)
      throw new TypeError(`there is no benchmark ${name}; there are ${Object.keys(benches).join(", ")}`);
    note(`${name} …`);
    const bench = await load();
    const found = await bench(options);
    printTable(found);
    rows.push(...found);
  }
  summarise(rows, values.strict);
}

function summarise(rows: readonly Row[], isStrict: boolean): void {
  const goals = rows.filter(({ met }) => met !== undefined);
  const missed = goals.filter(({ met }) => met === false);
  console.log("Summary");
  printTable(rows);
  console.log(`${goals.length - missed.length} of ${goals.length} goals met`);
  if (isStrict && missed.length > 0) process.exitCode = 1;
}

await main();
