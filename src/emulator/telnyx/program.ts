// The Telnyx emulator as a program: its help, its options, and its events as readable lines.
import type { Program, ProgramSettings, RunningProgram } from "../program.ts";
import { streamLine } from "../media/stream-line.ts";
import type { EmulatorEvent } from "./emulated-call.ts";
import { startTelnyxEmulator } from "./emulator.ts";

const HELP = `Usage: node src/emulator/main.ts telnyx [options]

A Telnyx of your own on 127.0.0.1: Call Control v2, signed webhooks, and a callee that you play.

Options:
  --port <n>             port of the REST API (default: a free one)
  --api-key <key>        key that may use the REST API (default: a fake one, printed at the start)
  --connection-id <id>   Call Control application that may dial (default: a fake one, printed)
  --webhook-url <url>    where the application's webhooks go unless a call says otherwise; inbound calls need it
  --failover-url <url>   where they go when that fails
  --public <url>         public origin that the webhooks are sent to
  --target <url>         loopback address that stands behind --public
  --scale <n>            pace of the phone line; 1 is real time (default), 0.1 ten times as fast
  --seed <text>          makes the call ids repeatable
  --echo                 the callee repeats what it hears instead of waiting for you
  --help

The first line printed holds url, apiKey, connectionId and publicKey: the configuration of a Telnyx account.

Example: an emulator, and a callee played from a second terminal
  node src/emulator/main.ts telnyx --port 4020 --webhook-url https://voice.example.test/voice/webhook \\
    --public https://voice.example.test --target http://127.0.0.1:3334

  curl -s http://127.0.0.1:4020/emulator/calls
  curl -s http://127.0.0.1:4020/emulator/calls/last/say -d '{"text":"Hello, who is there?"}'
  curl -s http://127.0.0.1:4020/emulator/calls/last/digits -d '{"digits":"42#"}'
  curl -s -X POST http://127.0.0.1:4020/emulator/calls/last/hangup

Example: a callee who is busy, one who talks by itself, and a call from outside
  curl -s http://127.0.0.1:4020/emulator/script -d '{"to":"+15550000002","callee":{"outcome":"busy"}}'
  curl -s http://127.0.0.1:4020/emulator/script -d '{"callee":{"utterances":["Yes?","Thank you, goodbye."]}}'
  curl -s http://127.0.0.1:4020/emulator/inbound -d '{"from":"+15550000003","to":"+15550000001"}'

Example: the reply to the next dial is lost, and every webhook arrives twice
  curl -s http://127.0.0.1:4020/emulator/faults -d '{"rest":[{"on":"dial","fault":"drop-reply","times":1}],
    "webhooks":[{"fault":"duplicate","copies":1,"afterMs":0}]}'

Example: on a media stream the callee speaks µ-law, and both sides are recorded as a stereo WAV
  curl -s http://127.0.0.1:4020/emulator/calls/last/speak -d "{\\"ulaw\\":\\"$(base64 -w0 hello.ulaw)\\"}"
  curl -s http://127.0.0.1:4020/emulator/calls/last/audio
  curl -s http://127.0.0.1:4020/emulator/calls/last/recording | jq -r .wav | base64 -d > call.wav
`;

export const telnyxProgram: Program = {
  help: HELP,
  options: ["api-key", "connection-id", "webhook-url", "failover-url"],
  start,
};

async function start(settings: ProgramSettings): Promise<RunningProgram> {
  const { port, scale, seed, routes, own } = settings;
  const optional = {
    apiKey: own("api-key"),
    connectionId: own("connection-id"),
    webhookUrl: own("webhook-url"),
    failoverUrl: own("failover-url"),
  };
  const emulator = await startTelnyxEmulator({
    port,
    scale,
    seed,
    routes,
    ...present(optional),
    ...(settings.echo ? { callee: { reply: "echo" as const } } : {}),
    onEvent: (event) => {
      settings.tell(lineOf(event));
    },
  });
  const { url, apiKey, connectionId, publicKey } = emulator;
  const secret = optional.apiKey === undefined ? { apiKey } : {};
  return {
    ready: { url, connectionId, publicKey, ...secret },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}

function present(options: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}

/** One readable line for an event; of phone numbers only the last four digits. */
function lineOf(event: EmulatorEvent): string {
  if (event.type === "rest") {
    return `rest     ${event.method} ${event.path} ${event.status ?? "(reply dropped)"}`;
  }
  const call = event.callControlId.slice(0, 9);
  switch (event.type) {
    case "state": {
      const cause = event.hangupCause === null ? "" : ` (${event.hangupCause})`;
      return `call     ${call} …${event.from.slice(-4)} → …${event.to.slice(-4)} ${event.state}${cause}`;
    }
    case "heard": {
      const cut = event.heard.complete ? "" : " (cut off)";
      return `heard    ${call} ${event.heard.kind}: ${event.heard.heard}${cut}`;
    }
    case "said":
      return `said     ${call} ${event.said.text}${event.said.noticed ? "" : " (not transcribed)"}`;
    case "listening":
      return `listens  ${call} the other party's words are transcribed`;
    case "stream":
      return `stream   ${call} ${streamLine(event.stream)}`;
    case "command":
      return `command  ${call} ${event.command.action}: ${event.command.outcome}`;
    case "warning":
      return `warning  ${call} ${event.warning}`;
    case "webhook": {
      const { event: name, attempt, status, failure } = event.attempt;
      return `webhook  ${call} ${name} attempt ${attempt}: ${status ?? failure}`;
    }
  }
}
