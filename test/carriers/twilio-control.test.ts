// Orders to Twilio over the real SDK, against a small server that speaks its JSON.
import { execFileSync } from "node:child_process";
import { afterEach, expect, test, vi } from "vitest";
import type { DialOrder } from "../../src/daemon/carriers/carrier.ts";
import { parseXml, textOf } from "../../src/emulator/xml.ts";
import { accountSid, authToken, callId, callSid, publicUrl, twilio } from "./twilio-fixture.ts";
import { type Answer, against, call, failure, hangUpSocket, json, leg, page, refusal } from "./twilio-server.ts";

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

afterEach(() => {
  vi.unstubAllEnvs();
});

test("dials with URLs of the configured origin alone and the carrier's own limits (openclaw #58238)", async () => {
  await using server = await against(json(201, { sid: callSid, status: "queued" }));
  const { carrier, received } = server;
  expect(await carrier.dial({ ...order, dtmfSequence: "1wW2#" }, signal)).toEqual({ carrierCallId: callSid });
  const [request] = received;
  expect(request?.method).toBe("POST");
  expect(request?.path).toBe(`/2010-04-01/Accounts/${accountSid}/Calls.json`);
  expect(request?.authorization).toBe(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`);
  const { Url, StatusCallback, StatusCallbackEvent: _event, ...rest } = Object.fromEntries(request?.form ?? []);
  expect(rest).toEqual({
    To: order.to,
    From: order.from,
    Method: "POST",
    StatusCallbackMethod: "POST",
    Timeout: "30",
    TimeLimit: "301",
    SendDigits: "1wW2#",
  });
  expect(request?.form.getAll("StatusCallbackEvent")).toEqual(["initiated", "ringing", "answered", "completed"]);
  expect(Url).toMatch(new RegExp(`^${publicUrl}\\?callId=${callId}&kind=answer&step=[0-9a-z-]+#rc=5&rp=ct,rt,5xx$`));
  expect(StatusCallback).toMatch(
    new RegExp(`^${publicUrl}\\?callId=${callId}&kind=status&step=[0-9a-z-]+#rc=5&rp=ct,rt,5xx$`),
  );
});

test("hands a short opening over with the dial, and a long one not", async () => {
  const queued = json(201, { sid: callSid, status: "queued" });
  await using server = await against(queued, queued);
  const { carrier, received } = server;
  await carrier.dial({ ...order, mode: "notify", opening: { utteranceId: "u1", text: "Tea & <cake>" } }, signal);
  await carrier.dial({ ...order, mode: "notify", opening: { utteranceId: "u1", text: "x".repeat(4000) } }, signal);
  const [say, redirect] = parseXml(received[0]?.form.get("Twiml") ?? "").children;
  expect(textOf(say ?? "")).toBe("Tea & <cake>");
  expect(textOf(redirect ?? "")).toContain("&kind=said&utterance=u1&step=");
  expect(received[0]?.form.has("Url")).toBe(false);
  expect(received[1]?.form.has("Twiml")).toBe(false);
  expect(received[1]?.form.get("Url")).toContain("&kind=answer&");
});

test("more digits than Twilio takes are refused before dialling", async () => {
  await using server = await against();
  const { carrier, received } = server;
  expect((await failure(carrier.dial({ ...order, dtmfSequence: "1".repeat(33) }, signal))).code).toBe("INVALID_INPUT");
  expect(received).toEqual([]);
});

test("pushes what comes next into the live call, each time under new URLs", async () => {
  const live = call("in-progress");
  await using server = await against(live, live, live, live, live);
  const { carrier, received } = server;
  await carrier.speak(leg, { utteranceId: "u3", text: "Hello", turn: "t4" }, signal);
  await carrier.speak(leg, { utteranceId: "u5", text: "Bye" }, signal);
  await carrier.listen(leg, "t6", signal);
  await carrier.sendDigits(leg, { digits: "12#", turn: "t7" }, signal);
  await carrier.sendDigits(leg, { digits: "12#" }, signal);
  expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual(
    received.map(() => `POST /2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`),
  );
  const pushed = received.map(({ form }) => parseXml(form.get("Twiml") ?? ""));
  const outlines = pushed.map(({ children }) =>
    children.map((verb) => (typeof verb === "string" ? verb : verb.name)).join(" "),
  );
  expect(outlines).toEqual(["Gather", "Say Redirect", "Gather", "Play Gather", "Play Pause Redirect"]);
  const steps = received.flatMap(({ form }) => /step=([^#]+)#/.exec(form.get("Twiml") ?? "")?.[1] ?? []);
  expect(new Set(steps).size).toBe(5);
});

test("a text too long to push is fetched instead", async () => {
  await using server = await against(call("in-progress"));
  const { carrier, received } = server;
  await carrier.speak(leg, { utteranceId: "u3", text: "x".repeat(8000), turn: "t4" }, signal);
  expect(received[0]?.form.has("Twiml")).toBe(false);
  expect(received[0]?.form.get("Url")).toMatch(/&kind=hold&step=[0-9a-z-]+#rc=5/);
  expect(received[0]?.form.get("Url")).not.toContain("xxx");
});

test.each<[string, Answer, string]>([
  ["still live", call("in-progress"), "accepted"],
  ["over by now", call("completed"), "already-over"],
  ["not in progress", refusal(400, 21220, "Call is not in-progress. Cannot redirect."), "already-over"],
  ["not known", refusal(404, 20404, "not found"), "already-over"],
])("hangs up a call that is %s", async (_what, answer, outcome) => {
  await using server = await against(answer);
  const { carrier, received } = server;
  expect(await carrier.hangUp(leg, signal)).toBe(outcome);
  expect(received[0]?.form.get("Status")).toBe("completed");
});

test("a 404 that is not Twilio's ends no call", async () => {
  await using server = await against(json(404, {}), json(404, {}));
  const { carrier } = server;
  expect((await failure(carrier.hangUp(leg, signal))).code).toBe("CARRIER_REFUSED");
  expect((await failure(carrier.lookUp(leg, signal))).code).toBe("CARRIER_REFUSED");
});

test.each<[number, number, string, RegExp]>([
  [400, 21211, "The 'To' number +15550000002 is not a valid phone number.", /check the number to call.*errors\/21211/],
  [400, 21219, "The number 15550000002 is unverified.", /trial account/],
  [400, 21215, "Account not authorized to call +1 (555) 000-0002.", /Geo permissions/],
  [401, 20003, "Authenticate", /authToken/],
  [429, 20429, "Too Many Requests", /try again/],
  [400, 99999, "Something new", /^see https:\/\/www\.twilio\.com\/docs\/api\/errors\/99999$/],
])("Twilio refuses with %d/%d", async (status, code, message, hint) => {
  await using server = await against(refusal(status, code, message));
  const { carrier } = server;
  const error = await failure(carrier.dial(order, signal));
  expect(error).toMatchObject({ code: "CARRIER_REFUSED", carrierCode: String(code) });
  expect(error.hint).toMatch(hint);
  expect(error.message).toBe(
    `Twilio refused the order: ${message.replace(/\+?1[ (]*555.*2(?=[. ])/, "…0002").replace("000-0002", "…0002")}`,
  );
});

test("a rate limit without Twilio's body still says so", async () => {
  await using server = await against(json(429, {}));
  const { carrier } = server;
  expect(await failure(carrier.speak(leg, { utteranceId: "u1", text: "x" }, signal))).toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: "20429",
  });
});

test.each<[string, Answer]>([
  ["the connection broke", hangUpSocket],
  ["Twilio failed", page],
  [
    "the answer is no JSON",
    (response) => void response.writeHead(201, { "content-type": "application/json" }).end('{"sid": "canary'),
  ],
  ["the answer names no call", json(201, {})],
])("a dial may have happened when %s", async (_what, answer) => {
  await using server = await against(answer, json(201, { sid: callSid }));
  const { carrier, received } = server;
  expect((await failure(carrier.dial(order, signal))).code).toBe("OUTCOME_UNKNOWN");
  expect(received).toHaveLength(1);
});

test("an order other than a dial that got no answer may be repeated", async () => {
  await using server = await against(hangUpSocket, page);
  const { carrier } = server;
  expect((await failure(carrier.hangUp(leg, signal))).code).toBe("CARRIER_UNREACHABLE");
  expect((await failure(carrier.listen(leg, "t1", signal))).code).toBe("CARRIER_UNREACHABLE");
});

test("a dial that Twilio cannot have got did not happen", async () => {
  await using server = await against();
  const { carrier, received } = server;
  await server[Symbol.asyncDispose]();
  const error = await failure(carrier.dial(order, signal));
  expect(error).toMatchObject({ code: "CARRIER_UNREACHABLE", message: "Twilio could not be reached (ECONNREFUSED)" });
  expect(received).toEqual([]);
});

test("stops waiting when told to, and orders nothing once told", async () => {
  const controller = new AbortController();
  await using server = await against(() => controller.abort());
  const { carrier, received } = server;
  expect((await failure(carrier.dial(order, controller.signal))).code).toBe("ABORTED");
  expect((await failure(carrier.dial(order, controller.signal))).code).toBe("ABORTED");
  expect(received).toHaveLength(1);
});

test("an account that is none is a matter of the configuration", async () => {
  const carrier = twilio({ config: { accountSid: "SK123", authToken } });
  expect((await failure(carrier.hangUp(leg, signal))).code).toBe("CONFIG_INVALID");
});

test("an own address is used as it is, whatever region the configuration or the environment names", async () => {
  vi.stubEnv("TWILIO_REGION", "au1");
  vi.stubEnv("TWILIO_EDGE", "sydney");
  await using server = await against(call("in-progress"), call("in-progress"));
  const { received } = server;
  for (const region of ["ie1", undefined]) {
    await twilio({ config: { accountSid, authToken, baseUrl: server.url, region } }).listen(leg, "t1", signal);
  }
  expect(received).toHaveLength(2);
});

test.each([
  [undefined, "api.twilio.com:443"],
  ["ie1", "api.dublin.ie1.twilio.com:443"],
  ["au1", "api.sydney.au1.twilio.com:443"],
])("region %s is at %s, through the proxy of the environment", async (region, host) => {
  await using server = await against();
  vi.stubEnv("HTTP_PROXY", server.url);
  const error = await failure(twilio({ config: { accountSid, authToken, region } }).hangUp(leg, signal));
  expect(error.code).toBe("CARRIER_UNREACHABLE");
  expect(server.connects).toEqual([host]);
});

test("the SDK is loaded by the first order and not before", () => {
  const source = new URL("../../src/daemon/carriers/twilio/index.ts", import.meta.url).href;
  const script = `
    const { createTwilioCarrier } = await import(${JSON.stringify(source)});
    const { createRequire } = await import("node:module");
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("/twilio/lib/"));
    const ports = { clock: { now: () => 1 }, log: {}, publicUrl: () => "https://voice.example.test/voice" };
    const config = { accountSid: "AC1", authToken: "x", baseUrl: "http://127.0.0.1:1" };
    const carrier = createTwilioCarrier({ config, ports, silenceTimeoutMs: 800, skipSignatureVerification: true });
    const before = loaded();
    await carrier.hangUp({ callId: "c", carrierCallId: "CA1" }, new AbortController().signal).catch(() => undefined);
    console.log(JSON.stringify([before, loaded()]));`;
  const told = execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(JSON.parse(told)).toEqual([false, true]);
});
