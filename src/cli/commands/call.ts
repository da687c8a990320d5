// `call` and `start`: place a call, and follow it if told to.
import type { Command } from "commander";
import type { CallMode } from "../../call/command.ts";
import type { EndReason, EventType } from "../../call/event.ts";
import type { CallView } from "../../call/view.ts";
import type { VoiceCall } from "../../client/voice-call.ts";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { EventWords, eventJson, isGoodEnd } from "../event-words.ts";
import { exitCodes } from "../exit-codes.ts";
import { interruptOf } from "../interrupt.ts";
import { type Paint, paintFor } from "../paint.ts";

interface CallOptions {
  to?: string;
  message?: string;
  mode?: CallMode;
  record?: boolean;
  follow?: true;
}

export function addCallCommands(program: Command, context: CliContext): void {
  addCommand<CallOptions>(program, context, {
    name: "call",
    summary: "Place a call and speak a message, or hold a conversation.",
    examples: [
      ['call --to +15555550123 --message "Dinner is at eight."', "speak it and hang up"],
      ['call --to +15555550123 --message "Hello?" --mode conversation', "stay on the line for `continue` and `speak`"],
      ['call -t +15555550123 -m "Dinner is at eight." --follow', "watch it happen until the call is over"],
    ],
    shape: (command) =>
      withMode(
        command
          .requiredOption("-m, --message <text>", "what to say when the call is answered")
          .option("-t, --to <number>", "whom to call, like +15555550123; else `toNumber` of the configuration"),
      ).option("--follow", "show what happens until the call is over; Ctrl-C leaves the call alone"),
    run: placeCall,
  });
  addCommand<CallOptions>(program, context, {
    name: "start",
    summary: "Place a call; the message is optional.",
    examples: [
      ["start --to +15555550123 --mode conversation", "call and listen first"],
      ['start --to +15555550123 --message "Dinner is at eight."', "speak it and hang up"],
    ],
    shape: (command) =>
      withMode(
        command
          .requiredOption("--to <number>", "whom to call, like +15555550123")
          .option("--message <text>", "what to say when the call is answered"),
      ),
    run: placeCall,
  });
}

function withMode(command: Command): Command {
  const mode = command.createOption(
    "--mode <mode>",
    "say the message and hang up, or talk; else `outbound.defaultMode`",
  );
  return command
    .addOption(mode.choices(["notify", "conversation"]))
    .option("--record", "record the call, on a media stream; who is called is told first")
    .option("--no-record", "do not, whatever `recording.enabled` says");
}

async function placeCall(invocation: Invocation<CallOptions>): Promise<Outcome | undefined> {
  const { to, message, mode, record, follow } = invocation.options;
  await using voice = await invocation.connect();
  const call = await voice.calls.place({ to, message, mode, ...(record !== undefined && { record }) });
  const json = { callId: call.callId, initiated: true };
  if (follow === undefined) return { json, text: (paint) => placedText(call, paint) };
  await invocation.output.show({ json, text: () => "" });
  await followCall(invocation, voice, call);
  return undefined;
}

function placedText({ callId, to, provider, mode }: CallView, paint: Paint): string {
  return `Calling ${paint("bold", to)} through ${provider} (${mode}).\n\n  ${callId}\n\nFollow it: voicecall tail --call-id ${callId}`;
}

/** Shows the call's events until the last one; sets the exit code by how the call ended. */
async function followCall(
  { context, output }: Invocation<CallOptions>,
  voice: VoiceCall,
  call: CallView,
): Promise<void> {
  const { callId } = call;
  const words = new EventWords(paintFor(context.stdout, context.env));
  using interrupt = interruptOf(context);
  using progress = output.progress("dialling");
  try {
    for await (const event of voice.events.follow({ callId, since: 0, signal: interrupt.signal })) {
      const line = words.line(event, { withCall: false, details: false });
      await output.show({ json: eventJson(event), text: () => line });
      if (event.type === "call.ended") {
        context.exitCode = endCode(event.reason, call);
        return;
      }
      const waiting = waitingFor[event.type];
      if (waiting !== undefined) progress.say(waiting);
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  }
  output.notice(
    `The call goes on. Follow it with \`voicecall tail --call-id ${callId}\`, end it with \`voicecall end --call-id ${callId}\`.`,
  );
}

const waitingFor: Partial<Record<EventType, string>> = {
  "call.ringing": "ringing",
  "call.answered": "on the line",
  "utterance.started": "speaking",
  "utterance.played": "listening",
  "caller.spoke": "on the line",
  "hangUp.requested": "hanging up",
};

/** A notify call that the callee left before the end of the message did not do its work. */
function endCode(reason: EndReason, { mode }: CallView): number {
  const done = isGoodEnd(reason) && !(mode === "notify" && reason === "hangup-user");
  return done ? exitCodes.done : exitCodes.failed;
}
