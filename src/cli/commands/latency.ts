// `latency`: how long the stages of the last turns took.
import type { Command } from "commander";
import type { Latency } from "../../client/index.ts";
import { addCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { count, table } from "../format.ts";

const numbers = ["count", "min", "avg", "p50", "p95", "max"] as const;

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
      return { json: latency, text: () => latencyText(latency) };
    },
  });
}

function latencyText({ turns, stages }: Latency): string {
  const rows = Object.entries(stages).map(([name, stage]) =>
    [name].concat(numbers.map((column) => String(Math.round(stage[column])))),
  );
  if (rows.length === 0) return "No turns yet: nobody has said anything.";
  const head = ["STAGE", ...numbers.map((column) => (column === "count" ? "COUNT" : `${column.toUpperCase()} MS`))];
  return `${table([head, ...rows], [1, 2, 3, 4, 5, 6])}\n\n${count(turns, "turn")} looked at.`;
}
