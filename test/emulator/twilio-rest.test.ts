// The REST side of the Twilio emulator, driven by the official SDK.
import { expect, test } from "vitest";
import { startTwilioEmulator } from "../../src/emulator/index.ts";
import { refusal, sdkFor, THEM, US } from "./sdk.ts";

const HELLO = "<Response><Say>Hello</Say></Response>";

test("create, fetch, list, hang up, remove", async () => {
  await using emulator = await startTwilioEmulator();
  const { calls } = sdkFor(emulator);
  const created = await calls.create({
    to: THEM,
    from: US,
    twiml: "<Response><Pause length='60'/></Response>",
  });
  expect(created).toMatchObject({
    status: "queued",
    to: THEM,
    from: US,
    direction: "outbound-api",
  });
  expect(created.sid).toMatch(/^CA[0-9a-f]{32}$/);
  await emulator.waitFor(() => emulator.calls[0]?.status === "in-progress");

  const fetched = await calls(created.sid).fetch();
  expect(fetched.status).toBe("in-progress");
  expect(fetched.duration).toBeNull();
  expect(fetched.startTime).toBeInstanceOf(Date);
  const found = await calls.list({
    to: THEM,
    from: US,
    startTimeAfter: new Date(created.dateCreated),
  });
  expect(found.map((call) => call.sid)).toEqual([created.sid]);

  const ended = await calls(created.sid).update({ status: "completed" });
  expect(ended.status).toBe("completed");
  expect(Number(ended.duration)).toBeGreaterThanOrEqual(0);
  await calls(created.sid).remove();
  expect(await refusal(calls(created.sid).fetch())).toEqual({ code: 20404, status: 404 });
});

test("the list is filtered and paged, newest first", async () => {
  await using emulator = await startTwilioEmulator({ callee: { outcome: "busy", ringMs: 0 } });
  const { calls } = sdkFor(emulator);
  for (let count = 0; count < 5; count += 1) {
    await calls.create({ to: count === 2 ? "+15550000009" : THEM, from: US, twiml: HELLO });
  }
  await emulator.waitFor(() => emulator.calls.every((call) => call.status === "busy"));
  const all = await calls.list({ pageSize: 2 });
  expect(all.map((call) => call.sid)).toEqual(emulator.calls.map((call) => call.sid).toReversed());
  expect(await calls.list({ to: "+15550000009" })).toHaveLength(1);
  expect(await calls.list({ status: "in-progress" })).toEqual([]);
  expect(await calls.list({ startTimeAfter: new Date(Date.now() + 60_000) })).toEqual([]);
});

test.each([
  ["no such number", { to: "5550002", from: US, twiml: HELLO }, 21211],
  ["no such caller id", { to: THEM, from: "me", twiml: HELLO }, 21212],
  ["no To", { to: "", from: US, twiml: HELLO }, 21201],
  ["no From", { to: THEM, from: "", twiml: HELLO }, 21213],
  ["neither Url nor Twiml", { to: THEM, from: US }, 21205],
  ["a relative Url", { to: THEM, from: US, url: "/voice" }, 21205],
  ["a Url of another scheme", { to: THEM, from: US, url: "ftp://voice.example.test/" }, 21205],
  ["too much TwiML", { to: THEM, from: US, twiml: HELLO.padEnd(4001) }, 32018],
  ["too long a ring", { to: THEM, from: US, twiml: HELLO, timeout: 601 }, 21208],
])("create is refused: %s", async (_name, params, code) => {
  await using emulator = await startTwilioEmulator();
  expect(await refusal(sdkFor(emulator).calls.create(params))).toEqual({ code, status: 400 });
  expect(emulator.calls).toEqual([]);
});

test("wrong credentials, unknown and finished calls", async () => {
  await using emulator = await startTwilioEmulator({ callee: { outcome: "fail" } });
  const { calls } = sdkFor(emulator);
  const wrong = sdkFor(emulator, "ffffffffffffffffffffffffffffffff");
  expect(await refusal(wrong.calls.list())).toEqual({ code: 20003, status: 401 });
  const unknown = calls("CA00000000000000000000000000000009");
  expect(await refusal(unknown.update({ status: "completed" }))).toEqual({
    code: 20404,
    status: 404,
  });

  const { sid } = await calls.create({ to: THEM, from: US, twiml: HELLO });
  expect(await refusal(calls(sid).update({ twiml: HELLO }))).toMatchObject({ code: 21220 });
  await emulator.waitFor(() => emulator.calls[0]?.status === "failed");
  expect(await refusal(calls(sid).update({ twiml: HELLO }))).toMatchObject({ code: 21220 });
  expect(await refusal(calls(sid).update({ status: "completed" }))).toEqual({
    code: 21220,
    status: 400,
  });
});

test("a finished call may be told to accept another hang-up", async () => {
  await using emulator = await startTwilioEmulator({
    finishedHangUp: "accept",
    callee: { outcome: "fail" },
  });
  const { calls } = sdkFor(emulator);
  const { sid } = await calls.create({ to: THEM, from: US, twiml: HELLO });
  await emulator.waitFor(() => emulator.calls[0]?.status === "failed");
  expect((await calls(sid).update({ status: "completed" })).status).toBe("failed");
});

test("faults: refusals, gateway pages, reset, lost reply", async () => {
  await using emulator = await startTwilioEmulator();
  const { calls } = sdkFor(emulator);
  const place = () => calls.create({ to: THEM, from: US, twiml: HELLO });
  emulator.faults({
    rest: [
      { on: "create", times: 1, fault: "refuse", code: 20429, retryAfterSeconds: 2 },
      { on: "fetch", fault: "reset" },
    ],
  });
  expect(await refusal(place())).toEqual({ code: 20429, status: 429 });
  emulator.faults({ rest: [{ times: 1, fault: "refuse", code: 21219 }] });
  expect(await refusal(place())).toEqual({ code: 21219, status: 400 });
  emulator.faults({ rest: [{ times: 1, fault: "html", status: 502 }] });
  expect(await refusal(place())).toMatchObject({ status: 502 });
  emulator.faults({ rest: [{ times: 1, fault: "reset" }] });
  expect(await refusal(place())).toMatchObject({ code: "ECONNRESET" });
  expect(emulator.calls).toEqual([]);

  emulator.faults({ rest: [{ times: 1, fault: "drop-reply" }] });
  expect(await refusal(place())).toMatchObject({ code: "ECONNRESET" });
  expect(emulator.calls).toHaveLength(1);
  expect((await calls.list({ to: THEM })).map((call) => call.sid)).toEqual([emulator.calls[0]?.sid]);
});

test("the same seed gives the same ids", async () => {
  const sids = await Promise.all(
    ["one", "one", "two"].map(async (seed) => {
      await using emulator = await startTwilioEmulator({ seed });
      return (await sdkFor(emulator).calls.create({ to: THEM, from: US, twiml: HELLO })).sid;
    }),
  );
  expect(sids[0]).toBe(sids[1]);
  expect(sids[0]).not.toBe(sids[2]);
});
