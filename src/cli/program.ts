// The program: all commands on one commander tree, and what happens when the command line is wrong.
import { Command } from "commander";
import { HelpShown, mannered } from "./command.ts";
import { addCallCommands } from "./commands/call.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addDaemonCommands } from "./commands/daemon.ts";
import { addExposeCommands } from "./commands/expose.ts";
import { addLatencyCommand } from "./commands/latency.ts";
import { addMockCommands } from "./commands/mock.ts";
import { addPairCommand } from "./commands/pair.ts";
import { addSetupCommand } from "./commands/setup.ts";
import { addSmokeCommand } from "./commands/smoke.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addTailCommand } from "./commands/tail.ts";
import { addTalkCommands } from "./commands/talk.ts";
import type { CliContext } from "./context.ts";
import { exitCodeOf, exitCodesHelp } from "./exit-codes.ts";
import { Output } from "./output.ts";

const rootExamples = `Examples:
  voicecall call --to +15555550123 --message "Dinner is at eight." --follow
  voicecall tail
  voicecall setup
  voicecall daemon status`;

/** Adds every command to a program: the `voicecall` one, or a group of another host's. */
function registerCommands(program: Command, context: CliContext): void {
  addCallCommands(program, context);
  addTalkCommands(program, context);
  addStatusCommand(program, context);
  addTailCommand(program, context);
  addLatencyCommand(program, context);
  addSetupCommand(program, context);
  addSmokeCommand(program, context);
  addExposeCommands(program, context);
  addPairCommand(program, context);
  addMockCommands(program, context);
  addDaemonCommands(program, context);
  addCompletionCommand(program, context);
}

/** Runs one command line (without interpreter and script) and leaves the exit code in the context. */
export async function runCli(argv: readonly string[], context: CliContext & { version: string }): Promise<void> {
  const program = mannered(new Command(context.name ?? "voicecall"), context)
    .description("Make and take phone calls from the command line.")
    .version(context.version, "-V, --version", "print the version")
    .addHelpText(
      "after",
      `\n${rootExamples}\n\n${exitCodesHelp}\n\nOutside a terminal, or with --json, results are JSON on stdout.`,
    );
  registerCommands(program, context);
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (error instanceof HelpShown) {
      context.exitCode = error.exitCode;
      return;
    }
    new Output(context, argv.includes("--json")).fail(error);
    context.exitCode = exitCodeOf(error);
  }
}
