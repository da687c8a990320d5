// Who and what the control listener lets in.
import { expect, test } from "vitest";
import { appRouter } from "../../src/router/app.ts";
import { fakePorts, listen, token } from "./fake-context.ts";
import { type RawRequest, send, sendBytes, upgrade } from "./raw-client.ts";

const wrongToken = `Bearer ${token.slice(1)}0`;
const large = JSON.stringify({ message: "x".repeat(300 * 1024) });

const refused: [string, number, RawRequest][] = [
  ["a foreign Host", 403, { headers: { host: "voice.example.com" } }],
  ["a Host with another port", 403, { headers: { host: "127.0.0.1:1" } }],
  ["a Host without a port", 403, { headers: { host: "localhost" } }],
  ["a foreign Origin", 403, { headers: { origin: "https://example.com" } }],
  ["an Origin that looks like ours", 403, { headers: { origin: "http://127.0.0.1" } }],
  ["an Origin of null", 403, { headers: { origin: "null" } }],
  ["no token", 401, { headers: { authorization: undefined } }],
  ["an empty token", 401, { headers: { authorization: "Bearer " } }],
  ["a wrong token", 401, { headers: { authorization: wrongToken } }],
  ["a longer token", 401, { headers: { authorization: `Bearer ${token}0` } }],
  ["a token of another scheme", 401, { headers: { authorization: `Basic ${token}` } }],
  ["a token in the URL", 401, { path: `/trpc/calls.place?token=${token}`, headers: { authorization: undefined } }],
  ["text/plain", 415, { headers: { "content-type": "text/plain" } }],
  ["no content type", 415, { headers: { "content-type": undefined } }],
  ["a form", 415, { headers: { "content-type": "application/x-www-form-urlencoded" } }],
  ["a large body", 413, { body: large }],
  ["a large body of unknown length", 413, { body: large, headers: { "transfer-encoding": "chunked" } }],
  ["PUT", 405, { method: "PUT" }],
  ["DELETE", 405, { method: "DELETE" }],
  ["OPTIONS", 405, { method: "OPTIONS" }],
  ["HEAD", 405, { method: "HEAD" }],
  ["GET for a mutation", 405, { method: "GET" }],
  ["POST for a query", 405, { path: "/trpc/calls.list" }],
  ["the root", 404, { path: "/" }],
  ["the webhook's path", 404, { path: "/voice/webhook" }],
  ["the router without a procedure", 404, { path: "/trpc" }],
  ["an unknown procedure", 404, { path: "/trpc/calls.redial" }],
  ["a procedure of a prototype", 404, { path: "/trpc/__proto__.toString" }],
  ["a broken escape", 400, { path: "/trpc/%E0%A4%A" }],
  ["a batch", 400, { path: "/trpc/calls.place,calls.hangUp?batch=1", body: '{"0":{},"1":{}}' }],
  ["a body that is not JSON", 400, { body: "{" }],
  ["an unknown field", 400, { body: '{"too":"+15555550123"}' }],
];

test.for(refused)("%s is refused with %i", async ([, status, request]) => {
  const ports = fakePorts();
  await using listener = await listen(ports);

  const reply = await send(listener, request);

  expect(reply.status).toBe(status);
  expect(reply.headers).not.toHaveProperty("access-control-allow-origin");
  expect(ports.received).toEqual([]);
  expect((await send(listener, {})).status).toBe(200);
});

test.for(["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])("Host %s with our port is let in", async (name) => {
  await using listener = await listen(fakePorts());
  expect((await send(listener, { headers: { host: `${name}:${listener.port}` } })).status).toBe(200);
});

const refusedUpgrades: [string, number, string, Record<string, string | undefined>][] = [
  ["a foreign Host", 403, "/trpc", { host: "voice.example.com" }],
  ["an Origin", 403, "/trpc", { origin: "http://127.0.0.1" }],
  ["no token", 401, "/trpc", { authorization: undefined }],
  ["a wrong token", 401, "/trpc", { authorization: wrongToken }],
  ["another path", 404, "/", {}],
  ["the media path", 404, "/voice/stream", {}],
  ["a token in the URL", 401, `/trpc?token=${token}`, { authorization: undefined }],
  ["connection parameters", 404, "/trpc?connectionParams=1", {}],
];

test.for(refusedUpgrades)("an upgrade with %s is refused with %i", async ([, status, path, headers]) => {
  await using listener = await listen(fakePorts());
  expect(await upgrade(listener, path, headers)).toBe(status);
  expect(await upgrade(listener, "/trpc", {})).toBe(101);
});

test("the procedures are these, and all but the subscription are served over HTTP", async () => {
  await using listener = await listen(fakePorts());
  const kinds: Record<string, string> = {};
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  for (const [path, { _def }] of Object.entries(procedures)) {
    const { type } = _def;
    kinds[path] = type;
    if (type === "subscription") continue;
    const { status } = await send(listener, { method: type === "query" ? "GET" : "POST", path: `/trpc/${path}` });
    expect({ path, status }).toEqual({ path, status: expect.toSatisfy((code) => code === 200 || code === 400) });
  }
  expect(kinds).toEqual({
    "calls.place": "mutation",
    "calls.get": "query",
    "calls.list": "query",
    "calls.say": "mutation",
    "calls.answer": "query",
    "calls.ask": "mutation",
    "calls.sendDigits": "mutation",
    "calls.hangUp": "mutation",
    "events.follow": "subscription",
    "turns.offers": "subscription",
    "turns.claim": "mutation",
    "turns.reply": "mutation",
    "turns.fail": "mutation",
    "pairing.list": "query",
    "pairing.settle": "mutation",
    "tunnel.status": "query",
    "tunnel.open": "mutation",
    "tunnel.close": "mutation",
    "mock.inbound": "mutation",
    "mock.say": "mutation",
    "mock.sayAudio": "mutation",
    "mock.digits": "mutation",
    "mock.hangUp": "mutation",
    "system.health": "query",
    "system.check": "query",
    "system.config": "query",
    "system.reload": "mutation",
    "system.configure": "mutation",
    "system.drain": "mutation",
    "system.shutdown": "mutation",
    "system.latency": "query",
  });
});

test("the subscription over plain HTTP gives nothing but an error", async () => {
  const ports = fakePorts();
  await using listener = await listen(ports);
  const { body } = await send(listener, { method: "GET", path: "/trpc/events.follow" });
  expect(body).toContain("METHOD_NOT_SUPPORTED");
  expect(ports.feed.queries).toEqual([]);
});

test("a refused client is no activity, and thousands of them are a few lines in the log", async () => {
  await using listener = await listen(fakePorts());
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 50 }, () => sendBytes(listener, "GET / HTTP/1.1\r\nhost: evil\r\n\r\n")));
  }
  expect(listener.lines.length).toBeGreaterThan(0);
  expect(listener.lines.length).toBeLessThan(20);
  expect(listener.pending()).toBe(0);
  expect(JSON.stringify(listener.lines)).not.toContain(token);
});

test("only loopback is listened on", async () => {
  await using listener = await listen(fakePorts());
  expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
});
