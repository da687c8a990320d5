// The Plivo emulator as a program: its help, its options, and its events as readable lines.
import type { Program, ProgramSettings, RunningProgram } from "../program.ts";
import { streamLine } from "../media/stream-line.ts";
import type { PlivoEvent } from "./emulated-call.ts";
import { startPlivoEmulator } from "./emulator.ts";

const HELP = `Usage: node src/emulator/main.ts plivo [options]

A Plivo of your own on 127.0.0.1: REST API, signed webhooks, Plivo XML, and a callee that you play.

Options:
  --port <n>            port of the REST API (default: a free one)
  --auth-id <MA…>       account that may log in (default: a fake one, printed at the start)
  --auth-token <token>  its token, which also signs the webhooks (default: a fake one, printed)
  --public <url>        public origin that the webhooks are signed for
  --target <url>        loopback address that stands behind --public
  --scale <n>           pace of the phone line; 1 is real time (default), 0.1 ten times as fast
  --seed <text>         makes the call ids repeatable
  --echo                the callee repeats what it hears instead of waiting for you
  --help

Example: an emulator, and a callee played from a second terminal
  node src/emulator/main.ts plivo --port 4030 --public https://voice.example.test --target http://127.0.0.1:3334

  curl -s http://127.0.0.1:4030/emulator/calls
  curl -s http://127.0.0.1:4030/emulator/calls/last/say -d '{"text":"Hello, who is there?"}'
  curl -s http://127.0.0.1:4030/emulator/calls/last/digits -d '{"digits":"42#"}'
  curl -s -X POST http://127.0.0.1:4030/emulator/calls/last/hangup

Example: a callee who is busy, one who talks by itself, and a call from outside
  curl -s http://127.0.0.1:4030/emulator/script -d '{"to":"+15550000002","callee":{"outcome":"busy"}}'
  curl -s http://127.0.0.1:4030/emulator/script -d '{"callee":{"utterances":["Yes?","Thank you, goodbye."]}}'
  curl -s http://127.0.0.1:4030/emulator/inbound \\
    -d '{"from":"+15550000003","to":"+15550000001","answerUrl":"https://voice.example.test/voice/webhook"}'

Example: the reply to the next "create call" is lost, and every webhook is sent again with a nonce of its own
  curl -s http://127.0.0.1:4030/emulator/faults -d '{"rest":[{"on":"create","fault":"drop-reply","times":1}],
    "webhooks":[{"fault":"retry","copies":1,"afterMs":50}]}'

Example: on a media stream the callee speaks µ-law, and both sides are recorded as a stereo WAV
  curl -s http://127.0.0.1:4030/emulator/calls/last/speak -d "{\\"ulaw\\":\\"$(base64 -w0 hello.ulaw)\\"}"
  curl -s http://127.0.0.1:4030/emulator/calls/last/audio
  curl -s http://127.0.0.1:4030/emulator/calls/last/recording | jq -r .wav | base64 -d > call.wav
`;

export const plivoProgram: Program = {
  help: HELP,
  options: ["auth-id", "auth-token"],
  start,
};

async function start(settings: ProgramSettings): Promise<RunningProgram> {
  const { port, scale, seed, routes, own } = settings;
  const [authId, authToken] = [own("auth-id"), own("auth-token")];
  const emulator = await startPlivoEmulator({
    port,
    scale,
    seed,
    routes,
    ...(authId === undefined ? {} : { authId }),
    ...(authToken === undefined ? {} : { authToken }),
    ...(settings.echo ? { callee: { reply: "echo" as const } } : {}),
    onEvent: (event) => {
      settings.tell(lineOf(event));
    },
  });
  const secret = authToken === undefined ? { authToken: emulator.authToken } : {};
  return {
    ready: { url: emulator.url, authId: emulator.authId, ...secret },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}

/** One readable line for an event; of phone numbers only the last four digits. */
function lineOf(event: PlivoEvent): string {
  switch (event.type) {
    case "rest":
      return `rest     ${event.method} ${event.path} ${event.status ?? "(reply dropped)"}`;
    case "status":
      return `call     ${short(event.callUuid)} …${event.from.slice(-4)} → …${event.to.slice(-4)} ${event.status}`;
    case "heard": {
      const cut = event.heard.complete ? "" : " (cut off)";
      return `heard    ${short(event.callUuid)} ${event.heard.kind}: ${event.heard.heard}${cut}`;
    }
    case "listening":
      return `listens  ${short(event.callUuid)} the callee may speak`;
    case "stream":
      return `stream   ${short(event.callUuid)} ${streamLine(event.stream)}`;
    case "document":
      return `document ${short(event.callUuid)} ${event.document.xml.length} characters of XML`;
    case "warning":
      return `warning  ${short(event.callUuid)} ${event.warning}`;
    case "webhook": {
      const { kind, attempt, status, failure } = event.attempt;
      return `webhook  ${short(event.callUuid)} ${kind} attempt ${attempt}: ${status ?? failure}`;
    }
  }
}

function short(callUuid: string): string {
  return callUuid.slice(0, 8);
}
