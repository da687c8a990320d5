// How a command is added to the program: options that all share, help with examples, and what happens around its run.
import type { Command, CommanderError, Option } from "commander";
import { calledAs } from "../call/command-name.ts";
import { CallError } from "../call/error.ts";
import type { VoiceCall } from "../client/voice-call.ts";
import type { CliContext, ClientPort } from "./context.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { Output, type View } from "./output.ts";
import { coloured, hasColour } from "./paint.ts";

export interface Outcome extends View {
  exitCode?: number;
}

export interface Invocation<O> {
  options: O;
  /** Operands, as typed. */
  operands: readonly string[];
  context: CliContext;
  output: Output;
  configFile: string | undefined;
  /** The client, with `--config` and notices taken care of. */
  connect(options?: { autoStart?: boolean }): Promise<VoiceCall>;
  client(): Promise<ClientPort>;
}

interface CommandSpec<O> {
  name: string;
  summary: string;
  /** Pairs of a command line without the program's name, and what it is for. */
  examples: readonly (readonly [string, string])[];
  /** Adds options and operands of its own. */
  shape?: (command: Command) => unknown;
  /** The result, unless all of it was shown on the way. */
  run(invocation: Invocation<O>): Promise<Outcome | undefined>;
}

interface SharedOptions {
  json?: true;
  config?: string;
}

/** Makes a group of commands, e.g. `daemon`. */
export function addGroup(parent: Command, context: CliContext, group: { name: string; summary: string }): Command {
  return mannered(parent.command(group.name), context).description(group.summary);
}

export function addCommand<O extends object>(parent: Command, context: CliContext, spec: CommandSpec<O>): void {
  const command = mannered(parent.command(spec.name), context).description(spec.summary);
  spec.shape?.(command);
  command
    .option("--json", "print JSON, also on a terminal; errors too")
    .option("--config <file>", "the OpenClaw configuration file to use")
    .addHelpText("after", () => examplesText(spec.examples))
    .action(() => perform(command, context, spec));
}

/** Texts go to the context, and wrong usage is thrown as an error of ours. */
export function mannered(command: Command, context: CliContext): Command {
  return command
    .helpOption("-h, --help", "explain this command")
    .configureOutput({
      writeOut: (text) => void context.stdout.write(helpText(text, context)),
      writeErr: (text) => void context.stderr.write(helpText(text, context)),
      outputError: () => undefined,
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
      getOutHasColors: () => hasColour(context.stdout, context.env),
      getErrHasColors: () => hasColour(context.stderr, context.env),
    })
    .configureHelp({ styleTitle: (title) => coloured("bold", title) })
    .exitOverride((error) => {
      throw usageOf(error, command);
    });
}

/** Its examples are lines that can be typed where the person is. */
function helpText(text: string, { name = "voicecall" }: CliContext): string {
  return calledAs(name, text).replaceAll(/^ {2}voicecall(?= )/gm, `  ${name}`);
}

/** A number of things, at least `least`. */
export function wholeNumber(option: Option, least: number): Option {
  return option.argParser((text: string) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new CallError(
      "INVALID_INPUT",
      `${option.long ?? option.flags} takes a whole number from ${least} on, not "${text}"`,
    );
  });
}

/** Help and version were shown: nothing is wrong. `exitCode` is 2 when help came instead of a missing command. */
export class HelpShown extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("help was shown");
    this.exitCode = exitCode;
  }
}

function usageOf(error: CommanderError, command: Command): Error {
  if (error.code === "commander.help") return new HelpShown(exitCodes.usage);
  if (error.exitCode === 0) return new HelpShown(exitCodes.done);
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const meant = suggestion === undefined ? "" : `${suggestion.replace(/^\(D(.*)\?\)$/, "d$1")}? `;
  return new CallError("INVALID_INPUT", message, { hint: `${meant}see \`${pathOf(command)} --help\`` });
}

/** `voicecall daemon stop`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function examplesText(examples: CommandSpec<object>["examples"]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ["", "Examples:", ...examples.map(([line, why]) => `  voicecall ${line.padEnd(width)}  # ${why}`)].join("\n");
}

async function perform<O extends object>(command: Command, context: CliContext, spec: CommandSpec<O>): Promise<void> {
  const { json, config } = command.opts<SharedOptions>();
  const output = new Output(context, json === true);
  const chosen = config === undefined ? {} : { configFile: config };
  try {
    const outcome = await spec.run({
      options: command.opts<O>(),
      operands: command.args,
      context,
      output,
      configFile: config,
      client: () => context.client(),
      connect: async (options = {}) => {
        const { connect } = await context.client();
        return connect({ ...chosen, ...options, onNotice: (line) => output.notice(line) });
      },
    });
    if (outcome === undefined) return;
    await output.show(outcome);
    context.exitCode = outcome.exitCode ?? exitCodes.done;
  } catch (error) {
    output.fail(error);
    context.exitCode = exitCodeOf(error);
  }
}
