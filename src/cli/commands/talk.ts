// `continue`, `speak`, `dtmf` and `end`: what can be done on a live call.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import type { Answer } from "../../client/index.ts";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { quoted } from "../event-words.ts";
import { interruptOf } from "../interrupt.ts";
import { printable } from "../paint.ts";

interface CallChoice {
  callId: string;
}

interface Words extends CallChoice {
  message: string;
}

export function addTalkCommands(program: Command, context: CliContext): void {
  addCommand<Words>(program, context, {
    name: "continue",
    summary: "Say something on a call, wait for the answer and print it.",
    examples: [['continue --call-id <id> --message "Which day suits you?"', "prints what the caller says to that"]],
    shape: (command) => withCall(command).requiredOption("-m, --message <text>", "what to say"),
    run: ask,
  });
  addCommand<Words>(program, context, {
    name: "speak",
    summary: "Say something on a call without waiting for an answer.",
    examples: [['speak --call-id <id> --message "One moment, please."', "said after what is already being said"]],
    shape: (command) => withCall(command).requiredOption("-m, --message <text>", "what to say"),
    run: (invocation) => order(invocation, (voice) => voice.calls.say(wordsOf(invocation)), "It will be said."),
  });
  addCommand<CallChoice & { digits: string }>(program, context, {
    name: "dtmf",
    summary: "Press keys on a call.",
    examples: [['dtmf --call-id <id> --digits "ww1234#"', "wait a second, then press 1 2 3 4 #"]],
    shape: (command) =>
      withCall(command).requiredOption("--digits <keys>", "0-9 * # A B C D; w waits half a second, W one"),
    run: (invocation) => {
      const { callId, digits } = invocation.options;
      return order(invocation, (voice) => voice.calls.sendDigits({ callId, digits }), "The digits are on their way.");
    },
  });
  addCommand<CallChoice>(program, context, {
    name: "end",
    summary: "Hang up.",
    examples: [["end --call-id <id>", "see live calls with `voicecall status`"]],
    shape: withCall,
    run: (invocation) => order(invocation, (voice) => voice.calls.hangUp(invocation.options.callId), "Hung up."),
  });
}

function withCall(command: Command): Command {
  return command.requiredOption("--call-id <id>", "the call, by our id or the carrier's");
}

function wordsOf({ options: { callId, message } }: Invocation<Words>): Words {
  return { callId, message };
}

async function order(
  invocation: Pick<Invocation<object>, "connect">,
  give: (voice: Awaited<ReturnType<Invocation<object>["connect"]>>) => Promise<void>,
  done: string,
): Promise<Outcome> {
  await using voice = await invocation.connect();
  await give(voice);
  return { json: { success: true }, text: () => done };
}

async function ask(invocation: Invocation<Words>): Promise<Outcome> {
  const { context, output } = invocation;
  await using voice = await invocation.connect();
  using interrupt = interruptOf(context);
  using _progress = output.progress("asking and listening");
  try {
    return answerOutcome(await voice.calls.ask(wordsOf(invocation), { signal: interrupt.signal }));
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new CallError("ABORTED", "you stopped waiting; the question stays asked", {
      hint: `the answer will be in \`voicecall status --call-id ${invocation.options.callId}\``,
    });
  }
}

function answerOutcome({ transcript, digits }: Answer): Outcome {
  return {
    json: { success: true, transcript, ...(digits !== undefined && { digits }) },
    text: (paint) => {
      const spoken = transcript === "" && digits !== undefined ? `pressed ${printable(digits)}` : quoted(transcript);
      return `${paint("magenta", "user")}  ${spoken}`;
    },
  };
}
