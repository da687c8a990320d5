// `pair`: which callers wait with a spoken code, and whether they may call in.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import type { Pairing } from "../../client/index.ts";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { dateTime, duration, table } from "../format.ts";
import { printable } from "../paint.ts";

interface PairOptions {
  refuse?: true;
  list?: true;
}

export function addPairCommand(program: Command, context: CliContext): void {
  addCommand<PairOptions>(program, context, {
    name: "pair",
    summary: 'Let a caller in who was told a code, under `inboundPolicy: "pairing"`.',
    examples: [
      ["pair 123456", "the caller with this code may call in from now on"],
      ["pair 123456 --refuse", "the code is worth nothing any more"],
      ["pair --list", "who waits, and who is in"],
    ],
    shape: (command) =>
      command
        .argument("[code]", "what the caller heard")
        .option("--refuse", "do not let the caller in")
        .addOption(command.createOption("--list", "show who waits with a code, and who is in").conflicts("refuse")),
    run: (invocation) => (invocation.options.list === true ? list(invocation) : settle(invocation)),
  });
}

async function list({ operands, context, connect }: Invocation<PairOptions>): Promise<Outcome> {
  if (operands.length > 0) throw new CallError("INVALID_INPUT", "give a code or --list, not both");
  await using voice = await connect();
  const pairings = await voice.pairing.list();
  return { json: { pairings }, text: () => pairingsText(pairings, context.now()) };
}

async function settle({ options, operands: [code], connect }: Invocation<PairOptions>): Promise<Outcome> {
  if (code === undefined) {
    throw new CallError("INVALID_INPUT", "the code is missing", {
      hint: "it is what the caller heard; see which wait with `voicecall pair --list`",
    });
  }
  await using voice = await connect();
  const pairing = await voice.pairing.settle(code, { allow: options.refuse !== true });
  return {
    json: { success: true, pairing },
    text: (paint) => {
      const number = paint("bold", printable(pairing.number));
      return pairing.state === "paired" ? `${number} may call in from now on.` : `${number} stays out.`;
    },
  };
}

function pairingsText(pairings: readonly Pairing[], now: number): string {
  if (pairings.length === 0) return "Nobody waits with a code, and nobody is paired.";
  const rows = pairings.map((pairing) => [printable(pairing.number), ...stateCells(pairing, now)]);
  return table([["NUMBER", "CODE", "EXPIRES IN"], ...rows]);
}

function stateCells(pairing: Pairing, now: number): string[] {
  switch (pairing.state) {
    case "pending":
      return [printable(pairing.code), duration(pairing.expiresAt - now)];
    case "paired":
      return ["–", `never: may call in since ${dateTime(pairing.pairedAt)}`];
    case "refused":
      return ["–", "refused"];
  }
}
