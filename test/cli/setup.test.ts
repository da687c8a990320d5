import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import json5 from "json5";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Check } from "../../src/client/index.ts";
import { loadConfig } from "../../src/daemon/config/load.ts";
import { FakeVoiceCall, stored } from "../support/fake-voice-call.ts";
import { cli, json } from "./terminal.ts";

const plain = { NO_COLOR: "1" };
const checks: Check[] = [
  { name: "configuration", status: "ok", message: "in order" },
  { name: "reachability", status: "warning", message: "somebody else answers", hint: "stop \u001B[2Jit" },
  { name: "signature", status: "skipped", message: "no public URL" },
  {
    name: "inbound",
    status: "ok",
    message: "everybody may call in",
    paste: [{ where: "Console > Webhook", value: "https://voice.example.com/voice/webhook" }],
  },
];
const broken: Check = { name: "carrier", status: "failed", message: "wrong Auth Token", hint: "copy it again" };

let home = "";
let file = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "voicecall-setup-"));
  file = join(home, "deep", "openclaw.json");
});
afterEach(() => rm(home, { recursive: true, force: true }));

function checked(...found: Check[]): FakeVoiceCall {
  const voice = new FakeVoiceCall();
  voice.checks = found;
  return voice;
}

test.for([
  [checks, { ok: true, code: 0 }],
  [[...checks, broken], { ok: false, code: 2 }],
] as const)("setup tells by its exit code whether anything failed", async ([found, { ok, code }]) => {
  const ran = await cli(["setup"], { voice: checked(...found) });
  expect({ document: json(ran.out), code: ran.code }).toEqual({ document: { ok, checks: found }, code });
});

test("setup on a terminal: a mark, the way out, what to paste where", async () => {
  const { out } = await cli(["setup"], { voice: checked(...checks, broken), tty: true, env: plain });
  expect(out.split("\n")).toEqual([
    "✔ configuration  in order",
    "⚠ reachability   somebody else answers",
    "                 → stop [2Jit",
    "– signature      no public URL",
    "✔ inbound        everybody may call in",
    "✘ carrier        wrong Auth Token",
    "                 → copy it again",
    "",
    "To be called, paste:",
    "  Console > Webhook",
    "    https://voice.example.com/voice/webhook",
    "",
    "Not ready: 1 thing to put right.",
    "",
  ]);
  expect((await cli(["setup"], { voice: checked(broken), tty: true })).out).toContain("\u001B[31m✘");
});

test("setup without --init takes no configuration, and --init no secret", async () => {
  expect(await cli(["setup", "--provider", "twilio"])).toMatchObject({ out: "", code: 2 });
  expect((await cli(["setup", "--help"])).out).not.toMatch(/--\S*(token|secret|api-key)/i);
});

const secrets = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "0123456789abcdef0123456789abcdef",
  TELNYX_API_KEY: "KEY0123456789",
  TELNYX_CONNECTION_ID: "1234567890",
  TELNYX_PUBLIC_KEY: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
  PLIVO_AUTH_ID: "MAXXXXXXXXXXXXXXXXXX",
  PLIVO_AUTH_TOKEN: "0123456789abcdef0123456789abcdef0123",
  NGROK_AUTHTOKEN: "2abcdefghijklmnopqrstuvwxyz",
};

test.for([
  ["twilio", "--public-url", "https://voice.example.com"],
  ["telnyx", "--tunnel", "tailscale-funnel"],
  ["plivo", "--tunnel", "ngrok"],
  ["mock"],
])("what --init writes for %s is a configuration in order", async ([provider = "", ...flags]) => {
  const argv = ["setup", "--init", "--config", file, "--provider", provider, "--from", "+15550001234", ...flags];
  const { out, code } = await cli(argv);
  expect({ document: json(out), code }).toMatchObject({ document: { written: true, file }, code: 0 });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, "utf8");
  expect(text).toContain(`provider: "${provider}",\n`);
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  expect(loadConfig({ file, env: secrets })).toMatchObject({ ok: true, notices: [], config: { provider } });
});

test("a public URL without a path gets that of the webhook", async () => {
  const flags = ["--provider", "twilio", "--from", "+15550001234", "--account-sid", "ACx"];
  await cli(["setup", "--init", "--config", file, ...flags, "--public-url", "https://voice.example.com"]);
  expect(json5.parse(await readFile(file, "utf8"))).toMatchObject({
    plugins: {
      entries: {
        "voice-call": {
          config: {
            publicUrl: "https://voice.example.com/voice/webhook",
            twilio: { accountSid: "ACx", authToken: "${TWILIO_AUTH_TOKEN}" },
          },
        },
      },
    },
  });
});

test("--init asks on a terminal for what is open, again after a slip, and only there", async () => {
  const answers = ["twillio", "twilio", "5550001234", "+15550001234", "", "", "ngrok"];
  const { out, err, code } = await cli(["setup", "--init", "--config", file], { tty: true, env: plain, answers });
  expect({ out, code, answers }).toEqual({ out: `Written: ${file}\n`, code: 0, answers: [] });
  expect(err).toContain("Carrier (twilio, telnyx, plivo, mock): error: one of twilio");
  expect(err).toContain("Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, NGROK_AUTHTOKEN in this shell");
  expect(loadConfig({ file, env: secrets })).toMatchObject({ ok: true, config: { provider: "twilio" } });
  const piped = await cli(["setup", "--init", "--config", join(home, "other.json")], { answers: ["twilio"] });
  expect(piped).toMatchObject({ code: 2, out: "" });
  expect(piped.err).toContain("--provider is missing");
  expect(await readdir(home)).toEqual(["deep"]);
});

test.for([
  [["--from", "5550001234"], "--from is not a phone number"],
  [["--from", "+15550001234", "--public-url", "http://voice.example.com"], "does not begin with https://"],
  [["--from", "+15550001234", "--public-url", "https://a.example", "--tunnel", "ngrok"], "cannot be used with"],
  [[], "--from is missing"],
] as const)("--init with %j writes nothing", async ([flags, words]) => {
  const ran = await cli(["setup", "--init", "--config", file, "--provider", "plivo", ...flags]);
  expect(ran).toMatchObject({ out: "", code: 2 });
  expect(ran.err).toContain(words);
  expect(await readdir(home)).toEqual([]);
});

test.for([
  ["{ plugins: { entries: { 'voice-call': {} } } }", "has a voice-call section already"],
  ["{ plugins: ", "cannot be read"],
] as const)("--init leaves %j as it is", async ([text, words]) => {
  const taken = join(home, "openclaw.json");
  await writeFile(taken, text);
  const ran = await cli(["setup", "--init", "--provider", "mock", "--config", taken]);
  expect(ran).toMatchObject({ out: "", code: 2 });
  expect(ran.err).toContain(words);
  expect(await readFile(taken, "utf8")).toBe(text);
});

test("--init shows what to add to a file without our section", async () => {
  const taken = join(home, "openclaw.json");
  await writeFile(taken, "{ gateway: {} }");
  const client = { locate: () => Promise.resolve({ configFile: taken, stateDir: home }) };
  const argv = ["setup", "--init", "--provider", "mock"];
  const onTerminal = await cli(argv, { client, tty: true, env: plain });
  expect(json5.parse(`{ ${onTerminal.out} }`)).toEqual({
    "voice-call": { config: { provider: "mock", inboundPolicy: "open" } },
  });
  expect(onTerminal.err).toContain("stays as it is");
  const { out, code } = await cli(argv, { client });
  expect({ document: json(out), code }).toMatchObject({ document: { written: false, file: taken }, code: 0 });
  expect(await readFile(taken, "utf8")).toBe("{ gateway: {} }");
});

const to = "+15555550123";

function ending(...events: object[]): FakeVoiceCall {
  const voice = checked(...checks);
  voice.script = events.map((event, index) => stored(index + 1, event));
  voice.configuration = { toNumber: "…0199", fromNumber: "…1234" };
  return voice;
}

test.for([
  [[], "…0199"],
  [["--to", to], to],
] as const)("smoke %j is a dry run", async ([flags, number]) => {
  const voice = ending();
  const { out, code } = await cli(["smoke", ...flags], { voice });
  const wouldCall = { provider: "twilio", to: number, from: "…1234", message: expect.any(String) };
  expect({ document: json(out), code }).toEqual({ document: { dryRun: true, ok: true, wouldCall }, code: 0 });
  const shown = await cli(["smoke", ...flags], { voice, tty: true, env: plain });
  expect(shown.out).toContain("✔ configuration");
  expect(shown.out).toContain(`Would call ${number} from …1234 through twilio.`);
  expect(voice.orders.map(([name]) => name)).not.toContain("place");
});

const played = { type: "utterance.played", utteranceId: "u1", proof: "carrier" };
const ended = (reason: string): object => ({ type: "call.ended", reason });

test.for([
  [[played, ended("hangup-bot")], { ok: true, endReason: "hangup-bot" }, 0],
  [[ended("hangup-user")], { ok: false, endReason: "hangup-user" }, 1],
  [[ended("no-answer")], { ok: false, endReason: "no-answer" }, 1],
  [[played, ended("voicemail")], { ok: false, endReason: "voicemail" }, 1],
] as const)("a real smoke call: %j", async ([events, result, exit]) => {
  const { out, err, code, voice } = await cli(["smoke", "--to", to, "--yes"], { voice: ending(...events) });
  expect({ document: json(out), err, code }).toEqual({
    document: { ...result, callId: "call-abcdefgh12345678" },
    err: `Calling ${to} through twilio.\n`,
    code: exit,
  });
  expect(voice.orders).toContainEqual(["place", { to, message: expect.any(String), mode: "notify" }]);
  expect(voice.disposed).toBe(true);
});

test("smoke does not call when a check failed, the number is wrong, or nobody said whom", async () => {
  const failing = await cli(["smoke", "--to", to, "--yes"], { voice: checked(broken) });
  expect({ document: json(failing.out), code: failing.code }).toMatchObject({ document: { ok: false }, code: 2 });
  for (const flags of [["--yes"], ["--yes", "--to", "5550123"]]) {
    const { out, code, voice } = await cli(["smoke", ...flags]);
    expect({ out, code, orders: voice.orders }).toEqual({ out: "", code: 2, orders: [] });
  }
  expect(failing.voice.orders.map(([name]) => name)).not.toContain("place");
});

test("Ctrl-C leaves the smoke call alone and says how to end it", async () => {
  const voice = ending();
  const ran = await cli(["smoke", "--to", to, "--yes"], { voice, onStart: (interrupt) => (voice.onIdle = interrupt) });
  expect(ran).toMatchObject({ out: "", code: 1 });
  expect(ran.err).toContain("voicecall end --call-id call-abcdefgh12345678");
});
