// `daemon logs`: the daemon's log, readable.
import type { Command } from "commander";
import { addCommand, type Invocation, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { interruptOf } from "../interrupt.ts";
import { logJson, logText } from "../log-words.ts";
import { placeOf } from "../running-daemon.ts";

interface LogsOptions {
  follow?: true;
  last: number;
}

export function addLogsCommand(group: Command, context: CliContext): void {
  addCommand<LogsOptions>(group, context, {
    name: "logs",
    summary: "Show the daemon's log.",
    examples: [
      ["daemon logs", "the last 100 lines"],
      ["daemon logs -f", "and new ones until Ctrl-C"],
    ],
    shape: (command) =>
      command
        .option("-f, --follow", "go on with new lines until Ctrl-C")
        .addOption(
          wholeNumber(command.createOption("--last <n>", "how many past lines to begin with"), 1).default(100),
        ),
    run: logs,
  });
}

async function logs(invocation: Invocation<LogsOptions>): Promise<undefined> {
  const { options, context, output } = invocation;
  const { stateDir } = await placeOf(invocation);
  const file = (await invocation.client()).logFile(stateDir);
  const { logLines } = await import("../log-lines.ts");
  using interrupt = interruptOf(context);
  let shown = 0;
  const follow = options.follow === true ? { follow: interrupt.signal } : {};
  for await (const line of logLines({ file, last: options.last, ...follow })) {
    if (interrupt.signal.aborted) break;
    await output.show({ json: logJson(line), text: (paint) => logText(line, paint) });
    shown++;
  }
  if (shown === 0 && options.follow === undefined) output.notice(`No log yet: ${file}`);
  context.exitCode = exitCodes.done;
  return undefined;
}
