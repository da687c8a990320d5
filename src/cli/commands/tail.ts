// `tail`: the last events of the log, then live ones, until Ctrl-C.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import type { VoiceCall } from "../../client/voice-call.ts";
import { addCommand, type Invocation, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { EventWords, eventJson } from "../event-words.ts";
import { exitCodes } from "../exit-codes.ts";
import { interruptOf } from "../interrupt.ts";
import { paintFor } from "../paint.ts";

interface TailOptions {
  since: number;
  callId?: string;
}

export function addTailCommand(program: Command, context: CliContext): void {
  addCommand<TailOptions>(program, context, {
    name: "tail",
    summary: "Show the last events of all calls, then live ones; goes on when the daemon is restarted.",
    examples: [
      ["tail", "the last 25 events, then what happens"],
      ["tail --since 0 --call-id <id>", "one call from its beginning"],
      ["tail --json | jq 'select(.type == \"call.ended\")'", "one object a line for scripts"],
    ],
    shape: (command) =>
      command
        .addOption(
          wholeNumber(command.createOption("--since <n>", "how many past events to begin with, 0 for all"), 0).default(
            25,
          ),
        )
        .option("--call-id <id>", "only this call, by our id or the carrier's"),
    run: tail,
  });
}

async function tail(invocation: Invocation<TailOptions>): Promise<undefined> {
  const { options, context, output } = invocation;
  await using voice = await invocation.connect();
  using interrupt = interruptOf(context);
  const { signal } = interrupt;
  const chosen = options.callId === undefined ? {} : { callId: await knownId(voice, options.callId) };
  const words = new EventWords(paintFor(context.stdout, context.env));
  try {
    for await (const event of voice.events.follow({ ...chosen, since: options.since, signal })) {
      const line = words.line(event, { withCall: options.callId === undefined, details: true });
      await output.show({ json: eventJson(event), text: () => line });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  context.exitCode = exitCodes.done;
  return undefined;
}

/** Our id of a call that exists, so that nobody waits for events that cannot come. */
async function knownId(voice: VoiceCall, id: string): Promise<string> {
  const call = await voice.calls.get(id);
  if (call !== undefined) return call.callId;
  throw new CallError("NO_SUCH_CALL", "no call has this id", {
    hint: "see the live ones with `voicecall status`, past ones with `voicecall tail --since 0`",
  });
}
