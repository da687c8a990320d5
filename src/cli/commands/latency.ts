// `latency`: how long the stages of the last turns took.
import type { Command } from "commander";
import type { Latency } from "../../client/index.ts";
import { addCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { count, table } from "../format.ts";
import { stageName } from "../turn-words.ts";

const numbers = ["count", "min", "avg", "p50", "p95", "p99", "max"] as const;

export function addLatencyCommand(program: Command, context: CliContext): void {
  addCommand<{ last: number }>(program, context, {
    name: "latency",
    summary: "Show how long the stages of a turn took, in milliseconds.",
    examples: [["latency --last 50", "over the last 50 things that callers said"]],
    shape: (command) =>
      command.addOption(wholeNumber(command.createOption("--last <n>", "how many turns to look back"), 1).default(200)),
    run: async ({ options, connect }) => {
      await using voice = await connect();
      const latency = await voice.system.latency({ last: options.last });
      return { json: latency, text: () => latencyText(latency, context.stdout.columns ?? 100) };
    },
  });
}

function latencyText({ turns, stages }: Latency, columns: number): string {
  const named = Object.entries(stages);
  if (named.length === 0) return "No turns yet: nobody has said anything.";
  const head = ["STAGE", ...numbers.map((column) => (column === "count" ? "COUNT" : `${column.toUpperCase()} MS`))];
  const rows = named.map(([name, stage]) => [stageName(name), ...numbers.map((column) => wholeMs(stage[column]))]);
  const lines = table([head, ...rows], [1, 2, 3, 4, 5, 6, 7]).split("\n");
  const room = Math.min(mostBar, columns - 1 - Math.max(...lines.map((line) => line.length)) - gap);
  const summary = `${count(turns, "turn")} looked at.`;
  if (room < leastBar) return [...lines, "", summary].join("\n");
  const scale = Math.max(...named.map(([, { p95 }]) => p95), 1);
  const bars = ["", ...named.map(([, { p50, p95 }]) => bar(p50, p95, { room, scale }))];
  const charted = lines.map((line, row) => `${line}${" ".repeat(gap)}${bars[row] ?? ""}`.trimEnd());
  return [...charted, "", `${summary} Bars: █ up to p50, ░ up to p95; all of them: ${wholeMs(scale)} ms.`].join("\n");
}

const gap = 2;
const leastBar = 8;
const mostBar = 24;

function bar(p50: number, p95: number, { room, scale }: { room: number; scale: number }): string {
  const length = (ms: number): number => Math.round((ms / scale) * room);
  return "█".repeat(length(p50)).padEnd(length(p95), "░");
}

function wholeMs(value: number): string {
  return String(Math.round(value));
}
