import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { FakeVoiceCall } from "../support/fake-voice-call.ts";
import { cli, json, record } from "./terminal.ts";

const plain = { NO_COLOR: "1" };
const url = "https://box.tail1234.ts.net/voice/webhook";

test.for([
  [["expose"], ["tunnel.open", { mode: "funnel" }]],
  [
    ["expose", "--mode", "serve", "--path", "/calls", "--port", "8443", "--serve-path", "/voice/webhook"],
    ["tunnel.open", { mode: "serve", path: "/calls", port: 8443 }],
  ],
] as const)("%j opens", async ([argv, order]) => {
  const { out, err, code, voice } = await cli([...argv]);
  expect({ document: json(out), err, code }).toEqual({ document: { tunnel: voice.tunnelStatus }, err: "", code: 0 });
  expect(voice.orders).toContainEqual(order);
  expect(voice.disposed).toBe(true);
});

test.for([["expose", "--mode", "off"], ["unexpose"]])("%j closes", async (argv) => {
  const { out, code, voice } = await cli(argv);
  expect({ document: json(out), code }).toEqual({ document: { tunnel: { kind: "none", state: "closed" } }, code: 0 });
  expect(voice.orders).toContainEqual(["tunnel.close"]);
});

test("expose on a terminal says the URL and where to paste it", async () => {
  const voice = new FakeVoiceCall();
  voice.checks = [{ name: "inbound", status: "ok", message: "", paste: [{ where: "Console > Webhook", value: url }] }];
  const { out } = await cli(["expose"], { voice, tty: true, env: plain });
  expect(out).toContain(`tailscale-funnel, open: ${url}\n`);
  expect(out).toContain(`To be called, paste:\n  Console > Webhook\n    ${url}\n`);
  voice.tunnelStatus = { kind: "tailscale-serve", state: "open", url };
  expect((await cli(["expose", "--mode", "serve"], { voice, tty: true, env: plain })).out).toContain("own tailnet");
});

test("expose refuses another local path than that of the configuration", async () => {
  const { out, err, code, voice } = await cli(["expose", "--serve-path", "/elsewhere"]);
  expect({ out, code }).toEqual({ out: "", code: 2 });
  expect(err).toContain("--serve-path is /elsewhere, but webhooks arrive at /voice/webhook");
  expect(voice.orders.map(([name]) => name)).not.toContain("tunnel.open");
});

test("what Tailscale refuses is told with its way out", async () => {
  const voice = new FakeVoiceCall();
  voice.failure = new CallError("TUNNEL_FAILED", "funnel is disabled", { hint: "enable it" });
  const ran = await cli(["expose", "--json"], { voice });
  expect({ ...ran, err: json(ran.err) }).toMatchObject({
    out: "",
    code: 1,
    err: { error: { code: "TUNNEL_FAILED", message: "funnel is disabled", hint: "enable it" } },
  });
});

test.for([
  [["pair", "123456"], true],
  [["pair", "123456", "--refuse"], false],
] as const)("%j settles", async ([argv, allow]) => {
  const { out, code, voice } = await cli([...argv]);
  const pairing = { state: "paired", number: "+15550000009", pairedAt: 5 };
  expect({ document: json(out), code }).toEqual({ document: { success: true, pairing }, code: 0 });
  expect(voice.orders).toContainEqual(["settle", "123456", { allow }]);
  expect((await cli([...argv], { tty: true, env: plain })).out).toBe("+15550000009 may call in from now on.\n");
});

test("pair --list", async () => {
  const voice = new FakeVoiceCall();
  const { out } = await cli(["pair", "--list"], { voice });
  expect(json(out)).toEqual({ pairings: voice.pairings });
  voice.pairings.push({ state: "paired", number: "+15550000010", pairedAt: 1_000_000 });
  const shown = (await cli(["pair", "--list"], { voice, tty: true, env: plain })).out.split("\n");
  expect(shown[0]).toMatch(/^NUMBER +CODE +EXPIRES IN$/);
  expect(shown[1]).toMatch(/^\+15550000009 {2}123456 {2}14 min 50 s$/);
  expect(shown[2]).toMatch(/^\+15550000010 {2}– +never: may call in since \d{4}-/);
  voice.pairings = [];
  expect((await cli(["pair", "--list"], { voice, tty: true })).out).toBe(
    "Nobody waits with a code, and nobody is paired.\n",
  );
});

test.for([["pair"], ["pair", "1", "--list"], ["pair", "--list", "--refuse"], ["pair", "1", "2"]])(
  "%j is wrong usage",
  async (argv) => {
    const { out, code, voice } = await cli(argv);
    expect({ out, code, orders: voice.orders }).toEqual({ out: "", code: 2, orders: [] });
  },
);

test("a code that nobody has", async () => {
  const voice = new FakeVoiceCall();
  voice.failure = new CallError("INVALID_INPUT", "no caller waits with this code");
  expect(await cli(["pair", "1"], { voice })).toMatchObject({ out: "", code: 2 });
});

test.for([
  [{ kind: "ngrok", state: "open", url }, `tunnel    ngrok, open: ${url}\n`],
  [
    { kind: "ngrok", state: "failed", problem: { code: "TUNNEL_FAILED", message: "no authtoken" } },
    "tunnel    ngrok, failed (no authtoken)\n",
  ],
  [{ kind: "none", state: "closed" }, "tunnel    none\n"],
] as const)("daemon status shows the tunnel: %j", async ([status, line]) => {
  const voice = new FakeVoiceCall();
  voice.tunnelStatus = status;
  expect(json((await cli(["daemon", "status"], { voice, running: record })).out)).toMatchObject({ tunnel: status });
  expect((await cli(["daemon", "status"], { voice, running: record, tty: true, env: plain })).out).toContain(line);
});

test("daemon status shows unverified webhooks in red", async () => {
  const voice = new FakeVoiceCall();
  const problem = { code: "UNVERIFIED_WEBHOOKS", message: "webhook signatures are not checked" };
  voice.report = { ...voice.report, problems: [problem] };
  const { out } = await cli(["daemon", "status"], { voice, running: record, tty: true });
  expect(out).toContain("\u001B[31mUNVERIFIED_WEBHOOKS  webhook signatures are not checked\u001B[39m");
});
