// `setup`: looks at everything that calls need, or writes a configuration to begin with.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import { allRight, checksText } from "../check-words.ts";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { interruptOf } from "../interrupt.ts";
import { starterProviders, starterTunnels, type StarterOptions } from "../starter-config.ts";

interface SetupOptions extends StarterOptions {
  init?: true;
}

export function addSetupCommand(program: Command, context: CliContext): void {
  addCommand<SetupOptions>(program, context, {
    name: "setup",
    summary: "Check line by line what calls need, and say what to do about the rest.",
    examples: [
      ["setup", "exit code 0 when nothing is wrong, 2 otherwise"],
      ["setup --init", "asks a few questions and writes a configuration; never overwrites one"],
      [
        "setup --init --provider twilio --from +15550001234 --public-url https://voice.example.com",
        "asks only for the rest",
      ],
    ],
    shape: withStarterOptions,
    run: (invocation) => (invocation.options.init === true ? init(invocation) : check(invocation)),
  });
}

/** No option takes a secret: these stay in environment variables, which the file names. */
function withStarterOptions(command: Command): Command {
  return command
    .option("--init", "write a commented configuration to begin with")
    .addOption(command.createOption("--provider <carrier>", "the carrier, with --init").choices(starterProviders))
    .option("--from <number>", "your number at the carrier, like +15550001234, with --init")
    .option("--public-url <url>", "https URL that leads to this machine, with --init")
    .addOption(
      command
        .createOption("--tunnel <kind>", "what makes a public URL, with --init")
        .choices(starterTunnels)
        .conflicts("publicUrl"),
    )
    .option("--account-sid <sid>", "Account SID of Twilio, with --init")
    .option("--connection-id <id>", "application id of Telnyx, with --init")
    .option("--public-key <key>", "public key of the Telnyx account, with --init")
    .option("--auth-id <id>", "Auth ID of Plivo, with --init");
}

async function init(invocation: Invocation<SetupOptions>): Promise<Outcome> {
  const { initialise } = await import("../setup-init.ts");
  return initialise(invocation);
}

async function check({ options, context, output, connect }: Invocation<SetupOptions>): Promise<Outcome> {
  const { provider, from, publicUrl, tunnel, accountSid, connectionId, publicKey, authId } = options;
  const given = [provider, from, publicUrl, tunnel, accountSid, connectionId, publicKey, authId];
  if (given.some((value) => value !== undefined)) {
    throw new CallError("INVALID_INPUT", "options that describe a configuration go with --init", {
      hint: "`voicecall setup --init …` writes one, `voicecall setup` alone checks the one that is there",
    });
  }
  await using voice = await connect();
  using interrupt = interruptOf(context);
  using _progress = output.progress("looking at what calls need");
  const checks = await voice.system.check({ signal: interrupt.signal });
  const ok = allRight(checks);
  return {
    json: { ok, checks },
    text: (paint) => checksText(checks, paint),
    exitCode: ok ? exitCodes.done : exitCodes.usage,
  };
}
