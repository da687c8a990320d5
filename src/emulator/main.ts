// Runs an emulator as a program of its own, for trying the product without an account at a carrier.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import type { EmulatorEvent } from "./twilio/emulated-call.ts";
import { startTwilioEmulator, type TwilioEmulatorOptions } from "./twilio/emulator.ts";

const HELP = `Usage: node src/emulator/main.ts twilio [options]

A Twilio of your own on 127.0.0.1: REST API, signed webhooks, TwiML, and a callee that you play.

Options:
  --port <n>            port of the REST API (default: a free one)
  --account-sid <AC…>   account that may log in (default: a fake one, printed at the start)
  --auth-token <token>  its token, which also signs the webhooks (default: a fake one, printed)
  --public <url>        public origin that the webhooks are signed for
  --target <url>        loopback address that stands behind --public
  --scale <n>           pace of the phone line; 1 is real time (default), 0.1 ten times as fast
  --seed <text>         makes the call ids repeatable
  --echo                the callee repeats what it hears instead of waiting for you
  --help

Example: an emulator, and a callee played from a second terminal
  node src/emulator/main.ts twilio --port 4010 --public https://voice.example.test --target http://127.0.0.1:3334

  curl -s http://127.0.0.1:4010/emulator/calls
  curl -s http://127.0.0.1:4010/emulator/calls/last/say -d '{"text":"Hello, who is there?"}'
  curl -s http://127.0.0.1:4010/emulator/calls/last/digits -d '{"digits":"42#"}'
  curl -s -X POST http://127.0.0.1:4010/emulator/calls/last/hangup

Example: a callee who is busy, one who talks by itself, and a call from outside
  curl -s http://127.0.0.1:4010/emulator/script -d '{"to":"+15550000002","callee":{"outcome":"busy"}}'
  curl -s http://127.0.0.1:4010/emulator/script -d '{"callee":{"utterances":["Yes?","Thank you, goodbye."]}}'
  curl -s http://127.0.0.1:4010/emulator/inbound \\
    -d '{"from":"+15550000003","to":"+15550000001","voiceUrl":"https://voice.example.test/voice/webhook"}'

Example: the reply to the next "create call" is lost, and every webhook arrives twice
  curl -s http://127.0.0.1:4010/emulator/faults -d '{"rest":[{"on":"create","fault":"drop-reply","times":1}],
    "webhooks":[{"fault":"duplicate","copies":1,"afterMs":0}]}'
`;

const OPTIONS = {
  port: { type: "string" },
  "account-sid": { type: "string" },
  "auth-token": { type: "string" },
  public: { type: "string" },
  target: { type: "string" },
  scale: { type: "string" },
  seed: { type: "string" },
  echo: { type: "boolean" },
  help: { type: "boolean" },
} as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  if (positionals.length !== 1 || positionals[0] !== "twilio") {
    throw new TypeError("say which emulator: twilio");
  }
  const emulator = await startTwilioEmulator(optionsFrom(values));
  const stop = () => void emulator[Symbol.asyncDispose]();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const { url, accountSid, authToken } = emulator;
  const secret = values["auth-token"] === undefined ? { authToken } : {};
  process.stdout.write(`${JSON.stringify({ url, accountSid, ...secret })}\n`);
}

function optionsFrom(
  values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"],
): TwilioEmulatorOptions {
  if ((values.public === undefined) !== (values.target === undefined)) {
    throw new TypeError("--public and --target go together");
  }
  const { "account-sid": accountSid, "auth-token": authToken } = values;
  return {
    port: numberFrom(values.port, "--port", 0),
    scale: numberFrom(values.scale, "--scale", 1),
    seed: values.seed ?? randomUUID(),
    ...(accountSid === undefined ? {} : { accountSid }),
    ...(authToken === undefined ? {} : { authToken }),
    ...(values.public === undefined || values.target === undefined
      ? {}
      : { routes: [{ public: values.public, target: values.target }] }),
    ...(values.echo === true ? { callee: { reply: "echo" as const } } : {}),
    onEvent: (event) => {
      process.stderr.write(`${lineOf(event)}\n`);
    },
  };
}

function numberFrom(text: string | undefined, option: string, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new TypeError(`${option} must be a number`);
  }
  return value;
}

/** One readable line for an event; of phone numbers only the last four digits. */
function lineOf(event: EmulatorEvent): string {
  switch (event.type) {
    case "rest":
      return `rest     ${event.method} ${event.path} ${event.status ?? "(reply dropped)"}`;
    case "status":
      return `call     ${short(event.sid)} …${event.from.slice(-4)} → …${event.to.slice(-4)} ${event.status}`;
    case "heard": {
      const cut = event.heard.complete ? "" : " (cut off)";
      return `heard    ${short(event.sid)} ${event.heard.kind}: ${event.heard.heard}${cut}`;
    }
    case "listening":
      return `listens  ${short(event.sid)} the callee may speak`;
    case "document":
      return `document ${short(event.sid)} ${event.document.xml.length} characters of TwiML`;
    case "warning":
      return `warning  ${short(event.sid)} ${event.warning}`;
    case "webhook": {
      const { kind, event: name, attempt, status, failure } = event.attempt;
      return `webhook  ${short(event.sid)} ${name ?? kind} attempt ${attempt}: ${status ?? failure}`;
    }
  }
}

function short(sid: string): string {
  return sid.slice(0, 8);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write("Try --help.\n");
  process.exitCode = 2;
}
