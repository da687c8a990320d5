// Garbage on the control listener: it harms neither the process nor anybody else's socket.
import fc from "fast-check";
import { expect, test } from "vitest";
import { fakePorts, listen, token, type TestListener } from "./fake-context.ts";
import { openSocket, query, send, sendBytes } from "./raw-client.ts";

const head = (listener: TestListener): string =>
  `POST /trpc/calls.place HTTP/1.1\r\nhost: 127.0.0.1:${listener.port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;

async function stillServes(listener: TestListener): Promise<void> {
  expect((await send(listener, { method: "GET", path: "/trpc/system.health" })).status).toBe(200);
}

/** What a correct frame can be spoilt into. */
const frame = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom("null", "[]", "[null]", "{}", '{"id":null}', "0", '""', "[[]]", "PING", "PONG", "\u0000"),
  fc
    .record(
      {
        id: fc.oneof(fc.constant(null), fc.integer({ min: 100 }), fc.string(), fc.constant({})),
        method: fc.constantFrom(
          "query",
          "mutation",
          "subscription",
          "subscription.stop",
          "reconnect",
          "connectionParams",
          "x",
        ),
        params: fc.oneof(
          fc.constant(null),
          fc.json(),
          fc.record(
            {
              path: fc.oneof(
                fc.constantFrom("events.follow", "calls.place", "calls.get", "__proto__.x", "then", "", "constructor"),
                fc.string(),
              ),
              input: fc.jsonValue(),
              lastEventId: fc.oneof(fc.string(), fc.constant(null), fc.constant("99999999999999999999")),
            },
            { requiredKeys: [] },
          ),
        ),
      },
      { requiredKeys: [] },
    )
    .map((message) => JSON.stringify(message)),
);

test("frames of garbage leave other sockets and the process alone (GHSA-pj3v-9cm8-gvj8, trpc #1575)", async () => {
  await using listener = await listen(fakePorts());
  await using bystander = await openSocket(listener);
  let asked = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 20 }),
      fc.uint8Array({ maxLength: 200 }),
      async (texts, binary) => {
        await using garbage = await openSocket(listener);
        for (const text of texts) garbage.socket.send(text);
        garbage.socket.send(binary);
        bystander.order(query(++asked, "calls.list"));
        await expect.poll(() => bystander.frames.length, { interval: 1, timeout: 4000 }).toBe(asked);
        expect(bystander.frames.at(-1)).toMatchObject({ id: asked, result: { type: "data" } });
      },
    ),
    { numRuns: 60 },
  );
  expect(listener.lines.filter(({ level }) => level === "error")).toEqual([]);
  await stillServes(listener);
});

test("a frame that is too large, or is no frame, closes that socket only", async () => {
  await using listener = await listen(fakePorts());
  await using bystander = await openSocket(listener);
  await using large = await openSocket(listener);
  large.socket.send(JSON.stringify(query(1, "calls.get", { callId: "x".repeat(300 * 1024) })));
  expect(await large.closed).toBe(1009);

  await using broken = await openSocket(listener);
  Reflect.get(broken.socket, "_socket").write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  expect(await broken.closed).toBe(1002);

  bystander.order(query(1, "calls.list"));
  await expect.poll(() => bystander.frames, { timeout: 4000 }).toMatchObject([{ id: 1, result: { type: "data" } }]);
  expect(listener.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("thousands of bad frames at once are each answered or dropped", async () => {
  await using listener = await listen(fakePorts());
  await using flood = await openSocket(listener);
  const bad = ['{"id":null}', "null", "{", JSON.stringify(query(7, "no.such")), '{"id":1,"method":"query"}'];
  for (let index = 0; index < 5000; index++) flood.socket.send(bad[index % bad.length] ?? "");
  flood.order(query(9000, "calls.list"));
  await expect.poll(() => flood.frames.at(-1), { timeout: 4000 }).toMatchObject({ id: 9000, result: { type: "data" } });
  await stillServes(listener);
});

test("bytes that are no HTTP, or half of it, are dropped", async () => {
  await using listener = await listen(fakePorts());
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      async (bytes) => void (await sendBytes(listener, Buffer.from(bytes))),
    ),
    { numRuns: 60 },
  );
  await sendBytes(listener, `${head(listener)}content-length: 10\r\n\r\n{`);
  await sendBytes(listener, `${head(listener)}transfer-encoding: chunked\r\n\r\nzz\r\n`);
  await sendBytes(listener, `${head(listener)}connection: upgrade\r\nupgrade: websocket\r\n\r\n`);
  await sendBytes(listener, `CONNECT 127.0.0.1:${listener.port} HTTP/1.1\r\nhost: 127.0.0.1:${listener.port}\r\n\r\n`);
  await stillServes(listener);
});

test("bodies of garbage are refused, each with a code", async () => {
  await using listener = await listen(fakePorts());
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
      const reply = await send(listener, { path: "/trpc/calls.hangUp", body });
      expect(reply.status).toBe(400);
      expect(JSON.parse(reply.body)).toMatchObject({ error: { data: { callError: { code: "INVALID_INPUT" } } } });
    }),
    { numRuns: 60 },
  );
});
