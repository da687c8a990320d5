import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { VoiceCall } from "../../src/client/index.ts";
import { alive, ended, eventually, freePort } from "../support/daemon.ts";
import { createTwilioHome, theirs, type TwilioHome } from "../support/twilio.ts";
import type { FakeState } from "../tunnels/fake-tailscale.ts";
import { createSandbox, host, refusalOf, type Sandbox } from "../tunnels/fixture.ts";

const url = `https://${host}/voice/webhook`;

interface Scene extends TwilioHome {
  tailscale: Sandbox;
}

/** A home whose daemon finds the fake `tailscale`, and an emulator that finds the way through it. */
async function createScene(config: Record<string, unknown>, state: Partial<FakeState> = {}): Promise<Scene> {
  const tailscale = createSandbox(state);
  onTestFinished(() => tailscale[Symbol.dispose]());
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = tailscale.ports.stateDir;
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("FAKE_TS_STATE", join(folder, "tailscale.json"));
  const port = await freePort();
  const routes = [{ public: `https://${host}`, target: `http://127.0.0.1:${port}` }];
  const home = await createTwilioHome(
    { publicUrl: undefined, serve: { port }, outbound: { notifyHangupDelaySec: 0 }, ...config },
    { routes },
  );
  return { ...home, tailscale };
}

async function settled(voice: VoiceCall): Promise<string> {
  await eventually(async () => (await voice.tunnel.status()).state !== "opening");
  return (await voice.tunnel.status()).state;
}

const place = (voice: VoiceCall) => voice.calls.place({ to: theirs, message: "Hello there" });
const served = ({ tailscale }: Scene) => Object.keys(tailscale.state().config.Web?.[`${host}:443`]?.Handlers ?? {});

test("the configured funnel opens by itself, a call waits for it and is heard through it, and it ends with the daemon", async () => {
  await using scene = await createScene({ tunnel: { provider: "tailscale-funnel" } });
  const voice = await scene.connect();
  const { callId } = await place(voice);
  await ended(voice, callId);
  expect(scene.twilio.calls[0]?.heard).toMatchObject([{ heard: "Hello there" }]);
  expect(await voice.tunnel.status()).toEqual({ kind: "tailscale-funnel", state: "open", url });
  expect(await voice.system.health()).toMatchObject({ webhook: { publicUrl: url }, problems: [] });
  expect(served(scene)).toEqual(["/voice/webhook"]);
  const { pid } = voice.daemon;
  await voice.system.shutdown();
  await eventually(() => !alive(pid));
  expect(served(scene)).toEqual([]);
});

test("closed by order it stays closed and says so, and opens again by order", async () => {
  await using scene = await createScene({ tunnel: { provider: "tailscale-funnel" } });
  const voice = await scene.connect();
  expect(await settled(voice)).toBe("open");
  expect(await voice.tunnel.close()).toEqual({ kind: "none", state: "closed" });
  expect(served(scene)).toEqual([]);
  await voice.system.reload();
  const refusal = await refusalOf(place(voice));
  expect(refusal.code).toBe("CONFIG_INVALID");
  expect(refusal.hint).toContain("voicecall expose");
  expect(scene.twilio.calls).toEqual([]);
  expect(await voice.tunnel.open({ mode: "funnel", port: 8443 })).toEqual({
    kind: "tailscale-funnel",
    state: "open",
    url: `https://${host}:8443/voice/webhook`,
  });
  expect(await voice.tunnel.open({ mode: "funnel" })).toMatchObject({ state: "open", url });
  expect(served(scene)).toEqual(["/voice/webhook"]);
  await ended(voice, (await place(voice)).callId);
});

test("after kill -9 the next daemon takes the tunnel over, or takes down what nobody wants any more", async () => {
  await using scene = await createScene({ tailscale: { mode: "funnel" } });
  const first = await scene.connect();
  expect(await settled(first)).toBe("open");
  await scene.kill();
  expect(served(scene)).toEqual(["/voice/webhook"]);
  const second = await scene.connect();
  expect(await settled(second)).toBe("open");
  expect(scene.tailscale.orders().filter((order) => order.includes("--bg"))).toHaveLength(1);
  await scene.kill();
  await scene.configure({ provider: "mock" });
  const third = await scene.connect();
  await eventually(() => served(scene).length === 0);
  expect(await third.tunnel.status()).toEqual({ kind: "none", state: "closed" });
});

test("what keeps a tunnel from opening is in health and status, and refuses the call with the way out", async () => {
  await using scene = await createScene({ tunnel: { provider: "tailscale-funnel" } }, { backendState: "Stopped" });
  const voice = await scene.connect();
  const refusal = await refusalOf(place(voice));
  expect(refusal).toMatchObject({ code: "TUNNEL_FAILED", hint: "run `tailscale up`" });
  expect((await voice.system.health()).problems).toMatchObject([{ code: "TUNNEL_FAILED" }]);
  expect(await voice.tunnel.status()).toMatchObject({ kind: "tailscale-funnel", state: "failed" });
  expect(await refusalOf(voice.tunnel.open({ mode: "serve" }))).toMatchObject({ hint: "run `tailscale up`" });
  scene.tailscale.change({ backendState: "Running" });
  expect(await voice.tunnel.open({ mode: "funnel" })).toMatchObject({ state: "open" });
  expect((await voice.system.health()).problems).toEqual([]);
});

test("a tunnel beside another publicUrl is told: every signature would fail", async () => {
  const elsewhere = "https://other.tail1234.ts.net/voice/webhook";
  await using scene = await createScene({ publicUrl: elsewhere, tunnel: { provider: "tailscale-funnel" } });
  const voice = await scene.connect();
  expect(await refusalOf(place(voice))).toMatchObject({ code: "CONFIG_INVALID" });
  expect((await voice.tunnel.status()).problem?.message).toContain("differs from the tunnel's URL");
});

test("the mock carrier needs no tunnel, and none opens into nowhere", async () => {
  await using scene = await createScene({ provider: "mock" });
  const voice = await scene.connect();
  expect(await refusalOf(voice.tunnel.open({ mode: "funnel" }))).toMatchObject({ code: "CONFIG_INVALID" });
  expect(scene.tailscale.orders()).toEqual([]);
});

test("ngrok that cannot open a tunnel refuses the call with its reason, never with the token", async () => {
  const ngrokAuthToken = "2CanaryCanaryCanaryCanaryCan_1CanaryCanaryCanary";
  await using scene = await createScene({ tunnel: { provider: "ngrok", ngrokAuthToken } });
  const voice = await scene.connect();
  const refusal = await refusalOf(place(voice));
  // Without a network it cannot be reached, with one it refuses the token.
  expect(["TUNNEL_FAILED", "TIMED_OUT", "CONFIG_INVALID"]).toContain(refusal.code);
  expect(refusal.message).toContain("ngrok");
  const { problems } = await voice.system.health();
  expect(problems).toMatchObject([{ code: refusal.code }]);
  expect(JSON.stringify([refusal, problems, await voice.tunnel.status()])).not.toContain("Canary");
}, 30_000);
