// `mock …`: play the other side of a mock call.
import { resolve } from "node:path";
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import { addCommand, addGroup, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";

interface CallChoice {
  callId: string;
}

export function addMockCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, context, { name: "mock", summary: "Play the other side of a mock call." });
  addCommand<{ from: string; to?: string; say?: string }>(group, context, {
    name: "inbound",
    summary: "Let somebody call in.",
    examples: [
      [
        'mock inbound --from +15555550199 --say "Is anybody there?"',
        "inboundPolicy decides whether the call is let in",
      ],
    ],
    shape: (command) =>
      command
        .requiredOption("--from <number>", "who calls, like +15555550199")
        .option("--to <number>", "which of your numbers is called; else `fromNumber`")
        .option("--say <text>", "what the caller says first"),
    run: inbound,
  });
  addCommand<CallChoice & Saying>(group, context, {
    name: "say",
    summary: "Say something as the caller, in words or with the voice of a WAV file.",
    examples: [
      ['mock say --call-id <id> --text "Tuesday is fine."', "an open `continue` gets it as its answer"],
      [
        'mock say --call-id <id> --wav hello.wav --text "Hello?"',
        "a voice, and its words where no recogniser hears it",
      ],
    ],
    shape: (command) =>
      withCall(command)
        .option("--text <text>", "what the caller says")
        .option("--wav <file>", "the caller's voice, over a media stream; at most 5 MB"),
    run: speakUp,
  });
  addCommand<CallChoice & { digits: string }>(group, context, {
    name: "digits",
    summary: "Press keys as the caller.",
    examples: [['mock digits --call-id <id> --digits "1"', "as if the caller pressed 1"]],
    shape: (command) => withCall(command).requiredOption("--digits <keys>", "0-9 * # A B C D"),
    run: ({ options, connect }) => play(connect, (mock) => mock.digits(options.callId, options.digits)),
  });
  addCommand<CallChoice>(group, context, {
    name: "hangup",
    summary: "Hang up as the caller.",
    examples: [["mock hangup --call-id <id>", "the call ends with hangup-user"]],
    shape: withCall,
    run: ({ options, connect }) => play(connect, (mock) => mock.hangUp(options.callId)),
  });
}

function withCall(command: Command): Command {
  return command.requiredOption("--call-id <id>", "the call, by our id or the carrier's");
}

interface Saying {
  text?: string;
  wav?: string;
}

async function speakUp({ options, output, connect }: Invocation<CallChoice & Saying>): Promise<Outcome> {
  const { callId, text, wav } = options;
  if (wav !== undefined) {
    using _progress = output.progress("speaking");
    return await play(connect, (mock) => mock.sayAudio(callId, resolve(wav), text === undefined ? {} : { text }));
  }
  if (text !== undefined) return play(connect, (mock) => mock.say(callId, text));
  throw new CallError("INVALID_INPUT", "there is nothing to say", { hint: "give `--text`, `--wav`, or both" });
}

type Connect = Invocation<object>["connect"];
type Mock = Awaited<ReturnType<Connect>>["mock"];

async function inbound({
  options: { from, to, say },
  connect,
}: Invocation<{ from: string; to?: string; say?: string }>): Promise<Outcome> {
  await using voice = await connect();
  const call = await voice.mock.inbound({ from, ...(to !== undefined && { to }), ...(say !== undefined && { say }) });
  const { callId, state } = call;
  return {
    json: { callId, state },
    text: (paint) => `Call from ${paint("bold", call.from)}: ${state}.\n\n  ${callId}`,
  };
}

async function play(connect: Connect, act: (mock: Mock) => Promise<void>): Promise<Outcome> {
  await using voice = await connect();
  await act(voice.mock);
  return { json: { success: true }, text: () => "Done." };
}
