// `status`: one call, live or finished, or all live ones.
import type { Command } from "commander";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import { callsText, callText } from "../call-words.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable } from "../paint.ts";

interface StatusOptions {
  callId?: string;
}

export function addStatusCommand(program: Command, context: CliContext): void {
  addCommand<StatusOptions>(program, context, {
    name: "status",
    summary: "Show one call, live or finished, or all live ones.",
    examples: [
      ["status", "all live calls"],
      ["status --call-id <id>", "one call with what was said; exit code 4 when there is no such call"],
    ],
    shape: (command) => command.option("--call-id <id>", "the call, by our id or the carrier's"),
    run: status,
  });
}

async function status({ options, context, connect }: Invocation<StatusOptions>): Promise<Outcome> {
  await using voice = await connect();
  const { callId } = options;
  if (callId === undefined) {
    const calls = await voice.calls.list();
    return { json: { found: true, calls }, text: () => callsText(calls, context.now()) };
  }
  const call = await voice.calls.get(callId);
  if (call !== undefined)
    return { json: { found: true, call }, text: (paint) => callText(call, { paint, now: context.now() }) };
  return {
    json: { found: false },
    text: () =>
      `No call has the id ${printable(callId)}. See the live ones with \`voicecall status\`, past ones with \`voicecall tail --since 0\`.`,
    exitCode: exitCodes.noSuchCall,
  };
}
