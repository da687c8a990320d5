// The Twilio emulator as a program: its help, its options, and its events as readable lines.
import type { Program, ProgramSettings, RunningProgram } from "../program.ts";
import { streamLine } from "../media/stream-line.ts";
import type { EmulatorEvent } from "./emulated-call.ts";
import { startTwilioEmulator } from "./emulator.ts";

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

Example: on a media stream the callee speaks µ-law, and both sides are recorded as a stereo WAV
  curl -s http://127.0.0.1:4010/emulator/calls/last/speak -d "{\\"ulaw\\":\\"$(base64 -w0 hello.ulaw)\\"}"
  curl -s http://127.0.0.1:4010/emulator/calls/last/audio
  curl -s http://127.0.0.1:4010/emulator/calls/last/recording | jq -r .wav | base64 -d > call.wav

Example: a callee who is busy, one who talks by itself, and a call from outside
  curl -s http://127.0.0.1:4010/emulator/script -d '{"to":"+15550000002","callee":{"outcome":"busy"}}'
  curl -s http://127.0.0.1:4010/emulator/script -d '{"callee":{"utterances":["Yes?","Thank you, goodbye."]}}'
  curl -s http://127.0.0.1:4010/emulator/inbound \\
    -d '{"from":"+15550000003","to":"+15550000001","voiceUrl":"https://voice.example.test/voice/webhook"}'

Example: the reply to the next "create call" is lost, and every webhook arrives twice
  curl -s http://127.0.0.1:4010/emulator/faults -d '{"rest":[{"on":"create","fault":"drop-reply","times":1}],
    "webhooks":[{"fault":"duplicate","copies":1,"afterMs":0}]}'
`;

export const twilioProgram: Program = {
  help: HELP,
  options: ["account-sid", "auth-token"],
  start,
};

async function start(settings: ProgramSettings): Promise<RunningProgram> {
  const { port, scale, seed, routes, own } = settings;
  const [accountSid, authToken] = [own("account-sid"), own("auth-token")];
  const emulator = await startTwilioEmulator({
    port,
    scale,
    seed,
    routes,
    ...(accountSid === undefined ? {} : { accountSid }),
    ...(authToken === undefined ? {} : { authToken }),
    ...(settings.echo ? { callee: { reply: "echo" as const } } : {}),
    onEvent: (event) => {
      settings.tell(lineOf(event));
    },
  });
  const secret = authToken === undefined ? { authToken: emulator.authToken } : {};
  return {
    ready: { url: emulator.url, accountSid: emulator.accountSid, ...secret },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
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
    case "stream":
      return `stream   ${short(event.sid)} ${streamLine(event.stream)}`;
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
