// `setup --init`: asks for what the options left open, and writes a first configuration; never over another one.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { CallError } from "../call/error.ts";
import { parsePhoneNumber } from "../call/phone-number.ts";
import { field } from "../client/field.ts";
import type { Invocation, Outcome } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import {
  accountKeys,
  type Starter,
  starterEntry,
  starterFile,
  type StarterOptions,
  starterProviders,
  starterTunnels,
  variablesOf,
} from "./starter-config.ts";

const webhookPath = "/voice/webhook";

/** @throws CallError `CONFIG_INVALID` when the file has our section already or cannot be read. */
export async function initialise(invocation: Invocation<StarterOptions>): Promise<Outcome> {
  const { output } = invocation;
  const file = await targetFile(invocation);
  const present = await readFile(file, "utf8").catch(absent);
  if (present !== undefined) await refuseOurSection(file, present);
  const starter = await completed(invocation);
  if (present === undefined) await writeNew(file, starterFile(starter));
  const variables = variablesOf(starter);
  if (present !== undefined) output.notice(`${file} exists and stays as it is. Add this under \`plugins.entries\`:`);
  const add = starterEntry(starter).join("\n");
  if (output.forPeople && present === undefined) output.notice(nextSteps(variables));
  return {
    json: { written: present === undefined, file, variables, ...(present !== undefined && { add }) },
    text: () => (present === undefined ? `Written: ${file}` : add),
    exitCode: exitCodes.done,
  };
}

function nextSteps(variables: readonly string[]): string {
  const secrets =
    variables.length === 0 ? "" : `Set ${variables.join(", ")} in this shell and stop a daemon that runs, then `;
  return `${secrets === "" ? "Next: " : secrets}\`voicecall setup\` checks the rest.`;
}

/** A file named by `--config` need not be there yet. */
async function targetFile({ client, configFile }: Invocation<object>): Promise<string> {
  if (configFile !== undefined) return resolve(configFile.replace(/^~(?=$|[/\\])/, () => homedir()));
  const { locate } = await client();
  return (await locate({})).configFile;
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

async function refuseOurSection(file: string, text: string): Promise<void> {
  const { default: json5 } = await import("json5");
  let config: unknown;
  try {
    config = json5.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CallError("CONFIG_INVALID", `${file} exists and cannot be read (${why})`, {
      hint: "put it right or move it away; it is never overwritten",
    });
  }
  if (["plugins", "entries", "voice-call"].reduce(field, config) === undefined) return;
  throw new CallError("CONFIG_INVALID", `${file} has a voice-call section already, which is never overwritten`, {
    hint: "change it there; `voicecall setup` says what is missing",
  });
}

async function writeNew(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { flag: "wx", mode: 0o600 });
}

interface Question {
  text: string;
  /** @throws CallError for an answer that cannot be right. */
  read?: (answer: string) => string;
}

/** With what was left open asked for on a terminal. @throws CallError `INVALID_INPUT` when it cannot be asked. */
async function completed(invocation: Invocation<StarterOptions>): Promise<Starter> {
  const { options } = invocation;
  const provider = options.provider ?? oneOf(starterProviders, await answerTo(invocation, providerQuestion));
  if (provider === undefined) throw missing("--provider");
  if (provider === "mock") return { provider };
  const from = options.from ?? (await answerTo(invocation, fromQuestion));
  if (from === undefined) throw missing("--from");
  const starter: Starter = { ...options, provider, from: parsePhoneNumber(from, "--from") };
  if (options.publicUrl !== undefined) starter.publicUrl = readPublicUrl(options.publicUrl);
  return withExposure(invocation, await withAccount(invocation, starter));
}

async function withAccount(invocation: Invocation<StarterOptions>, starter: Starter): Promise<Starter> {
  const account: StarterOptions = {};
  for (const { option, comment } of accountKeys[starter.provider]) {
    if (option === undefined || starter[option] !== undefined) continue;
    const answer = await answerTo(invocation, { text: `${comment} (empty: from the environment)` });
    if (answer !== undefined) account[option] = answer;
  }
  return { ...starter, ...account, provider: starter.provider };
}

async function withExposure(invocation: Invocation<StarterOptions>, starter: Starter): Promise<Starter> {
  if (starter.publicUrl !== undefined || starter.tunnel !== undefined) return starter;
  const publicUrl = await answerTo(invocation, publicUrlQuestion);
  if (publicUrl !== undefined) return { ...starter, publicUrl };
  const tunnel = oneOf(starterTunnels, await answerTo(invocation, tunnelQuestion));
  return tunnel === undefined ? starter : { ...starter, tunnel };
}

const providerQuestion: Question = {
  text: `Carrier (${starterProviders.join(", ")})`,
  read: (answer) => choice(starterProviders, answer),
};

const fromQuestion: Question = {
  text: "Your number at the carrier, like +15550001234",
  read: (answer) => parsePhoneNumber(answer, "the number"),
};

const publicUrlQuestion: Question = {
  text: "https URL that leads to this machine (empty: there is none)",
  read: readPublicUrl,
};

const tunnelQuestion: Question = {
  text: `Tunnel that makes one (${starterTunnels.join(", ")}; empty: later)`,
  read: (answer) => choice(starterTunnels, answer),
};

/** Asks until the answer can be right; undefined when it is empty or there is nobody to ask. */
async function answerTo(
  { context, output }: Invocation<StarterOptions>,
  { text, read = (answer) => answer }: Question,
): Promise<string | undefined> {
  const ask = output.forPeople ? context.ask : undefined;
  if (ask === undefined) return undefined;
  for (;;) {
    const answer = (await ask(`${text}: `)).trim();
    if (answer === "") return undefined;
    try {
      return read(answer);
    } catch (error) {
      output.fail(error);
    }
  }
}

function readPublicUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== "https:") {
    throw new CallError("INVALID_INPUT", "the public URL does not begin with https://", {
      hint: `for example https://voice.example.com${webhookPath}`,
    });
  }
  return url.pathname === "/" ? new URL(webhookPath, url).href : text;
}

function choice(words: readonly string[], answer: string): string {
  if (words.includes(answer)) return answer;
  throw new CallError("INVALID_INPUT", `one of ${words.join(", ")} is wanted`);
}

function oneOf<T extends string>(words: readonly T[], answer: string | undefined): T | undefined {
  return words.find((word) => word === answer);
}

function missing(option: string): CallError {
  return new CallError("INVALID_INPUT", `${option} is missing`, {
    hint: "see `voicecall setup --help`; on a terminal it is asked for",
  });
}
