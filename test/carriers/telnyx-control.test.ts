// Orders to Telnyx through its SDK's call resource, against a small server that speaks its JSON.
import { execFileSync } from "node:child_process";
import { afterEach, expect, test, vi } from "vitest";
import type { DialOrder } from "../../src/daemon/carriers/carrier.ts";
import { apiKey, callId, carrierCallId, clientState, connectionId, publicUrl, telnyx } from "./telnyx-fixture.ts";
import { type Answer, against, failure, json, leg, ok, refusal } from "./telnyx-server.ts";

const order: DialOrder = {
  callId,
  from: "+15550000001",
  to: "+15550000002",
  mode: "conversation",
  ringTimeoutMs: 30_000,
  maxDurationMs: 300_500,
  detectMachine: false,
};
const { signal } = new AbortController();
const placed = json(200, { data: { record_type: "call", call_control_id: carrierCallId, is_alive: false } });
const actions = `/v2/calls/${encodeURIComponent(carrierCallId).replaceAll("%3A", ":").replaceAll("%3D", "=").replaceAll("%2B", "+")}/actions/`;

afterEach(() => {
  vi.unstubAllEnvs();
});

test("dials with our id as client state, our URL and the carrier's own limits", async () => {
  await using server = await against(placed);
  const { carrier, received } = server;
  expect(await carrier.dial({ ...order, dtmfSequence: "1wW2#" }, signal)).toEqual({ carrierCallId });
  expect(received).toEqual([
    {
      method: "POST",
      path: "/v2/calls",
      authorization: `Bearer ${apiKey}`,
      body: {
        connection_id: connectionId,
        from: order.from,
        to: order.to,
        webhook_url: publicUrl,
        webhook_url_method: "POST",
        client_state: clientState({ callId }),
        command_id: `${callId}-dial`,
        timeout_secs: 30,
        time_limit_secs: 301,
        send_digits_on_answer: "1wW2#",
      },
    },
  ]);
});

test.each([
  [1, 1, 5, 60],
  [4_999_000, 90_000_000, 600, 14_400],
])("limits of %d and %d ms become %d and %d s", async (ringTimeoutMs, maxDurationMs, timeout_secs, time_limit_secs) => {
  await using server = await against(placed);
  await server.carrier.dial({ ...order, ringTimeoutMs, maxDurationMs }, signal);
  expect(server.received[0]?.body).toMatchObject({ timeout_secs, time_limit_secs });
});

test("more digits than Telnyx takes are refused before dialling", async () => {
  await using server = await against();
  expect((await failure(server.carrier.dial({ ...order, dtmfSequence: "1".repeat(65) }, signal))).code).toBe(
    "INVALID_INPUT",
  );
  expect(server.received).toEqual([]);
});

test("each order is one command", async () => {
  await using server = await against(ok, ok, ok, ok, ok, ok);
  const { carrier, received } = server;
  await carrier.answer(leg, signal);
  await carrier.reject(leg, true, signal);
  await carrier.reject(leg, false, signal);
  await carrier.speak(leg, { utteranceId: "u3", text: "Tea & <cake>\u0007" }, signal);
  await carrier.listen(leg, "t4", signal);
  await carrier.sendDigits(leg, { digits: "1wW2#" }, signal);
  expect(received.map(({ method, authorization }) => [method, authorization])).toEqual(
    received.map(() => ["POST", `Bearer ${apiKey}`]),
  );
  expect(received.map(({ path }) => decodeURIComponent(path))).toEqual(
    ["answer", "reject", "reject", "speak", "transcription_start", "send_dtmf"].map(
      (action) => `/v2/calls/${carrierCallId}/actions/${action}`,
    ),
  );
  expect(received.map(({ body }) => body)).toEqual([
    { client_state: clientState({ callId }), command_id: `${callId}-answer` },
    { cause: "USER_BUSY", command_id: `${callId}-reject` },
    { cause: "CALL_REJECTED", command_id: `${callId}-reject` },
    {
      payload: "Tea & <cake>",
      payload_type: "text",
      voice: "female",
      language: "en-US",
      stop: "all",
      client_state: clientState({ callId, utterance: { utteranceId: "u3", first: true, last: true } }),
      command_id: `${callId}-u3-0`,
    },
    {
      transcription_engine: "Telnyx",
      transcription_engine_config: { transcription_engine: "Telnyx", language: "en" },
      transcription_tracks: "inbound",
      command_id: `${callId}-t4`,
    },
    { digits: "1wW2#", command_id: expect.stringMatching(new RegExp(`^${callId}-[0-9a-z]+-0$`)) },
  ]);
  expect(server.connections()).toBe(1);
});

test("the id of a leg stays one segment of the path", async () => {
  await using server = await against(ok);
  await server.carrier.hangUp(leg, signal);
  expect(server.received[0]?.path).toBe(`${actions}hangup`);
  expect(server.received[0]?.path.split("/")).toHaveLength(6);
});

test("a long text is spoken in parts that follow each other", async () => {
  await using server = await against(ok, ok, ok);
  const text = "A sentence of some words. ".repeat(310).slice(0, 8000);
  await server.carrier.speak(leg, { utteranceId: "u3", text }, signal);
  const bodies = server.received.map(({ body }) => body);
  expect(bodies.map(({ stop }) => stop)).toEqual(["all", undefined, undefined]);
  expect(bodies.map(({ command_id }) => command_id)).toEqual([0, 1, 2].map((index) => `${callId}-u3-${index}`));
  const parts = bodies.map(({ payload }) => String(payload));
  expect(parts.every((part) => part.length <= 3000 && part.startsWith("A sentence"))).toBe(true);
  expect(parts.join(" ")).toBe(text.trim());
  const states = bodies.map(
    ({ client_state }) => JSON.parse(Buffer.from(String(client_state), "base64").toString()).utterance,
  );
  expect(states.map(({ first, last }) => [first, last])).toEqual([
    [true, false],
    [false, false],
    [false, true],
  ]);
});

test.each(["x".repeat(7000), "字".repeat(3500), "😀".repeat(3500), "word ".repeat(1200)])(
  "whatever the text, no character is lost or torn",
  async (text) => {
    await using server = await against(ok, ok, ok);
    await server.carrier.speak(leg, { utteranceId: "u3", text }, signal);
    const parts = server.received.map(({ body }) => String(body["payload"]));
    expect(parts.every((part) => part.length <= 3000 && part.isWellFormed())).toBe(true);
    expect(parts.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
  },
);

test("the configured voice and language are used", async () => {
  await using server = await against(ok, ok);
  await using carrier = telnyx({
    config: { baseUrl: server.url, voice: "Azure.de-DE-KatjaNeural", language: "nb-NO" },
  });
  await carrier.speak(leg, { utteranceId: "u3", text: "Hei" }, signal);
  await carrier.listen(leg, "t4", signal);
  expect(server.received[0]?.body).toMatchObject({ voice: "Azure.de-DE-KatjaNeural", language: "nb-NO" });
  expect(server.received[1]?.body["transcription_engine_config"]).toMatchObject({ language: "no" });
});

test("the same digits and a second hang-up are new commands", async () => {
  await using server = await against(ok, ok, ok, ok);
  const { carrier, received } = server;
  for (let left = 2; left > 0; left -= 1) await carrier.sendDigits(leg, { digits: "1" }, signal);
  for (let left = 2; left > 0; left -= 1) await carrier.hangUp(leg, signal);
  expect(new Set(received.map(({ body }) => body["command_id"])).size).toBe(4);
});

const ended = refusal(422, "90018", "This call is no longer active");
const unknown = refusal(404, "10005", "The requested resource could not be found");

test.each<[string, Answer, string]>([
  ["still live", ok, "accepted"],
  ["over", ended, "already-over"],
  ["not known", unknown, "already-over"],
  ["long forgotten", refusal(422, "90015", "Invalid Call Control ID"), "already-over"],
])("hangs up a call that is %s", async (_what, answer, outcome) => {
  await using server = await against(answer);
  expect(await server.carrier.hangUp(leg, signal)).toBe(outcome);
});

test("transcription that already runs is as good as started", async () => {
  await using server = await against(
    refusal(422, "90054", "Transcription is already in progress"),
    refusal(422, "90034", "not answered"),
  );
  await server.carrier.listen(leg, "t4", signal);
  expect(await failure(server.carrier.listen(leg, "t5", signal))).toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: "90034",
  });
});

test("a caller who gave up before the answer is over; one who gave up before the reject needs none", async () => {
  await using server = await against(ended, unknown, ok);
  const { carrier, delivered } = server;
  await carrier.answer(leg, signal);
  await carrier.reject(leg, false, signal);
  await carrier.answer(leg, signal);
  expect(delivered).toEqual([{ ...leg, facts: [{ type: "over", outcome: "canceled" }] }]);
});

test("speech for a call that is over is refused", async () => {
  await using server = await against(ended);
  expect(await failure(server.carrier.speak(leg, { utteranceId: "u1", text: "Hi" }, signal))).toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: "90018",
  });
});

test("nothing of the environment changes where orders go or under which key", async () => {
  vi.stubEnv("TELNYX_BASE_URL", "http://127.0.0.1:9/v2");
  vi.stubEnv("TELNYX_API_KEY", "KEYother");
  vi.stubEnv("TELNYX_CUSTOM_HEADERS", "authorization: Bearer other");
  await using server = await against(ok, ok);
  await server.carrier.listen(leg, "t1", signal);
  await using bare = telnyx({ config: { apiKey: `${apiKey}\n`, baseUrl: server.url.replace("/v2", "/") } });
  await bare.listen(leg, "t2", signal);
  expect(server.received.map(({ authorization }) => authorization)).toEqual([`Bearer ${apiKey}`, `Bearer ${apiKey}`]);
  expect(server.received.map(({ path }) => path)).toEqual([
    `${actions}transcription_start`,
    `${actions}transcription_start`,
  ]);
});

test.each([
  [{ apiKey: " " }, /`telnyx.apiKey` is empty/],
  [{ apiKey: "a\nb" }, /`telnyx.apiKey` holds/],
  [{ baseUrl: "api.telnyx.com" }, /`telnyx.baseUrl` is not/],
  [{ language: "English" }, /not a name like en-US/],
])("a configuration of %j is refused at once", (config, message) => {
  const make = (): unknown => telnyx({ config });
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

test("the SDK is loaded by the first order and not before, and only its call resource", () => {
  const source = new URL("../../src/daemon/carriers/telnyx/index.ts", import.meta.url).href;
  const script = `
    const { registerHooks } = await import("node:module");
    const loaded = [];
    registerHooks({ load(url, context, next) { if (url.includes("/node_modules/telnyx/")) loaded.push(url); return next(url, context); } });
    const { createTelnyxCarrier } = await import(${JSON.stringify(source)});
    const ports = { clock: { now: () => 1 }, log: {}, publicUrl: () => "https://voice.example.test/voice" };
    const config = { apiKey: "KEY1", connectionId: "1", publicKey: "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", baseUrl: "http://127.0.0.1:1" };
    const carrier = createTelnyxCarrier({ config, ports, skipSignatureVerification: true });
    const before = loaded.length;
    await carrier.hangUp({ callId: "c", carrierCallId: "v3:1" }, new AbortController().signal).catch(() => undefined);
    console.log(JSON.stringify([before, loaded.some((url) => url.endsWith("/calls.mjs")), loaded.some((url) => url.endsWith("/client.mjs"))]));`;
  const told = execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(JSON.parse(told)).toEqual([0, true, false]);
});
