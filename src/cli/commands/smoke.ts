// `smoke`: what a call would need and do, and with `--to` and `--yes` a real one, followed to its end.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import { parsePhoneNumber } from "../../call/phone-number.ts";
import type { VoiceCall } from "../../client/index.ts";
import { textField } from "../../client/field.ts";
import { allRight, checksText } from "../check-words.ts";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { isGoodEnd } from "../event-words.ts";
import { exitCodes } from "../exit-codes.ts";
import { type Interrupt, interruptOf } from "../interrupt.ts";
import { printable } from "../paint.ts";

interface SmokeOptions {
  to?: string;
  yes?: true;
}

const message = "This is a test call from OpenClaw. If you hear this, everything works. Goodbye.";

export function addSmokeCommand(program: Command, context: CliContext): void {
  addCommand<SmokeOptions>(program, context, {
    name: "smoke",
    summary: "Show what a test call would do; place a real one with --to and --yes.",
    examples: [
      ["smoke", "checks, and says what would be dialled; dials nothing"],
      ["smoke --to +15555550123 --yes", "calls, speaks a sentence; exit code 0 when it was heard"],
    ],
    shape: (command) =>
      command
        .option("--to <number>", "whom to call, like +15555550123")
        .option("--yes", "really call; it may cost money"),
    run: smoke,
  });
}

async function smoke(invocation: Invocation<SmokeOptions>): Promise<Outcome> {
  const { options, context, output, connect } = invocation;
  const to = options.to === undefined ? undefined : parsePhoneNumber(options.to, "--to");
  if (options.yes === true && to === undefined) {
    throw new CallError("INVALID_INPUT", "a real call needs --to as well as --yes", {
      hint: "the number is never taken from the configuration here",
    });
  }
  await using voice = await connect();
  using interrupt = interruptOf(context);
  using progress = output.progress("looking at what calls need");
  const checks = await voice.system.check({ signal: interrupt.signal });
  const wouldCall = await plan(voice, to);
  const ok = allRight(checks);
  if (options.yes === true && to !== undefined && ok) {
    output.notice(`Calling ${to} through ${wouldCall.provider}.`);
    progress.say("calling");
    return await call(voice, to, interrupt);
  }
  const refusal = options.yes === true ? "\nNothing was dialled." : "";
  return {
    json: { dryRun: true, ok, wouldCall },
    text: (paint) => `${checksText(checks, paint)}\n\n${planText(wouldCall)}${refusal}`,
    exitCode: ok ? exitCodes.done : exitCodes.usage,
  };
}

interface Plan {
  provider: string;
  to?: string;
  from?: string;
  message: string;
}

/** Numbers of the configuration come shortened. */
async function plan(voice: VoiceCall, asked: string | undefined): Promise<Plan> {
  const [health, config] = await Promise.all([voice.system.health(), voice.system.config()]);
  const to = asked ?? textField(config, "toNumber");
  const from = textField(config, "fromNumber");
  return { provider: health.carrier, ...(to !== undefined && { to }), ...(from !== undefined && { from }), message };
}

function planText({ provider, to, from }: Plan): string {
  const caller = from === undefined ? "" : ` from ${printable(from)}`;
  if (to === undefined) return `A call would go${caller} through ${provider}; say to whom with --to.`;
  return `Would call ${printable(to)}${caller} through ${provider}. For a real call: voicecall smoke --to <number> --yes`;
}

/** Follows the call to its end. Whoever hangs up before the sentence is over has not heard it. */
async function call(voice: VoiceCall, to: string, { signal }: Interrupt): Promise<Outcome> {
  const { callId } = await voice.calls.place({ to, message, mode: "notify" });
  let heard = false;
  try {
    for await (const event of voice.events.follow({ callId, since: 0, signal })) {
      if (event.type === "utterance.played") heard = true;
      if (event.type !== "call.ended") continue;
      const ok = heard && isGoodEnd(event.reason);
      const why = event.message === undefined ? event.reason : `${event.reason}, ${printable(event.message)}`;
      return {
        json: { ok, callId, endReason: event.reason },
        text: (paint) => (ok ? paint("green", "✔ heard") : paint("red", "✘ not heard")) + `  (${why})  ${callId}`,
        exitCode: ok ? exitCodes.done : exitCodes.failed,
      };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new CallError("ABORTED", "you stopped watching; the call goes on", {
    hint: `end it with \`voicecall end --call-id ${callId}\``,
  });
}
