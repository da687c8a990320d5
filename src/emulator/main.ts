// Runs an emulator as a program of its own, for trying the product without an account at a carrier.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { plivoProgram } from "./plivo/program.ts";
import type { Program, ProgramSettings } from "./program.ts";
import type { Route } from "./route.ts";
import { telnyxProgram } from "./telnyx/program.ts";
import { twilioProgram } from "./twilio/program.ts";

const PROGRAMS: ReadonlyMap<string, Program> = new Map([
  ["plivo", plivoProgram],
  ["telnyx", telnyxProgram],
  ["twilio", twilioProgram],
]);

const OPTIONS = {
  port: { type: "string" },
  public: { type: "string" },
  target: { type: "string" },
  scale: { type: "string" },
  seed: { type: "string" },
  echo: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Values = Readonly<Record<string, string | boolean | undefined>>;

async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  const program = PROGRAMS.get(name);
  const names = [...PROGRAMS.keys()];
  if (name === "--help") {
    const usages = names.map((known) => `Try: node src/emulator/main.ts ${known} --help`);
    process.stdout.write(`${usages.join("\n")}\n`);
    return;
  }
  if (program === undefined) {
    throw new TypeError(`say which emulator: ${names.join(", ")}`);
  }
  const own = Object.fromEntries(program.options.map((option) => [option, { type: "string" as const }]));
  const values: Values = parseArgs({ args, options: { ...own, ...OPTIONS } }).values;
  if (values["help"] === true) {
    process.stdout.write(program.help);
    return;
  }
  const running = await program.start(settingsIn(values));
  const stop = () => void running[Symbol.asyncDispose]();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdout.write(`${JSON.stringify(running.ready)}\n`);
}

function settingsIn(values: Values): ProgramSettings {
  const own = (option: string) => {
    const value = values[option];
    return typeof value === "string" ? value : undefined;
  };
  return {
    port: numberFrom(own("port"), "--port", 0),
    scale: numberFrom(own("scale"), "--scale", 1),
    seed: own("seed") ?? randomUUID(),
    routes: routesFrom(own("public"), own("target")),
    echo: values["echo"] === true,
    own,
    tell: (line) => {
      process.stderr.write(`${line}\n`);
    },
  };
}

function routesFrom(origin: string | undefined, target: string | undefined): Route[] {
  if ((origin === undefined) !== (target === undefined)) {
    throw new TypeError("--public and --target go together");
  }
  return origin === undefined || target === undefined ? [] : [{ public: origin, target }];
}

function numberFrom(text: string | undefined, option: string, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new TypeError(`${option} must be a number`);
  }
  return value;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write("Try --help.\n");
  process.exitCode = 2;
}
