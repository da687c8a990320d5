import { expect, test } from "vitest";
import { createHome, ended, eventOf, eventually, logOf } from "../support/daemon.ts";

const quick = { ringMs: 20, pace: 0.02, replyDelayMs: 20 };
const to = "+15555550123";

test("a notify call on the mock: rings, is heard, is hung up", async () => {
  await using home = await createHome({ provider: "mock", mock: quick, outbound: { notifyHangupDelaySec: 0 } });
  const voice = await home.connect();
  const placed = await voice.calls.place({ to, message: "Hello from OpenClaw" });
  expect(placed).toMatchObject({ provider: "mock", direction: "outbound", mode: "notify", to });
  await ended(voice, placed.callId);
  expect(await voice.calls.get(placed.callId)).toMatchObject({
    state: "completed",
    transcript: [{ speaker: "bot", text: "Hello from OpenClaw" }],
  });
  expect((await logOf(voice, placed.callId)).map(({ type }) => type)).toEqual([
    "call.requested",
    "call.placed",
    "call.ringing",
    "call.answered",
    "line.ready",
    "utterance.started",
    "utterance.played",
    "timer.fired",
    "hangUp.requested",
    "call.ended",
  ]);
});

test("a conversation with the echoing callee", async () => {
  await using home = await createHome({ provider: "mock", mock: quick });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to, mode: "conversation" });
  const answer = await voice.calls.ask({ callId, message: "What time is it?" });
  expect(answer.transcript).toContain("What time is it?");
  await voice.calls.say({ callId, message: "Thank you" });
  await voice.calls.sendDigits({ callId, digits: "1w2#" });
  await voice.calls.hangUp(callId);
  expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-bot" });
  await expect(voice.calls.say({ callId, message: "Too late" })).rejects.toMatchObject({ code: "CALL_ENDED" });
});

test.each([
  ["busy", "busy"],
  ["no-answer", "no-answer"],
  ["failed", "failed"],
  ["hangup", "hangup-user"],
])("a mock callee of outcome %s ends the call as %s", async (outcome, reason) => {
  await using home = await createHome({ provider: "mock", mock: { ...quick, outcome }, ringTimeoutMs: 1000 });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to, message: "A message long enough to be interrupted in the middle" });
  expect(await ended(voice, callId)).toMatchObject({ reason });
});

test("a person plays the caller from the outside", async () => {
  await using home = await createHome({
    provider: "mock",
    mock: quick,
    inboundPolicy: "open",
    inboundGreeting: "Hello there",
  });
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550111" });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  const asking = voice.calls.ask({ callId, message: "Who is it?" });
  await eventOf(voice, callId, (event) => event.type === "utterance.started" && event.utteranceId !== "u1");
  await voice.mock.say(callId, "It is me");
  expect(await asking).toEqual({ transcript: "It is me" });
  await voice.mock.digits(callId, "5");
  await eventOf(voice, callId, (event) => event.type === "caller.pressed" && event.digits === "5");
  await voice.mock.hangUp(callId);
  expect(await ended(voice, callId)).toMatchObject({ reason: "hangup-user" });
});

test("whoever knows a question's request id hears its answer, and asking after it speaks nothing", async () => {
  await using home = await createHome({ provider: "mock", mock: quick, inboundPolicy: "open" });
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550111" });
  const first = new AbortController();
  const asking = voice.calls.ask({ callId, message: "Who is it?", requestId: "q1" }, { signal: first.signal });
  await eventOf(voice, callId, (event) => event.type === "utterance.played");
  first.abort();
  await expect(asking).rejects.toMatchObject({ code: "ABORTED" });
  const again = await home.connect();
  const waiting = again.calls.answer({ callId, requestId: "q1" });
  await expect(again.calls.answer({ callId, requestId: "q2" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await eventually(async () => (await again.calls.get(callId))?.state === "listening");
  await again.mock.say(callId, "It is me");
  expect(await waiting).toEqual({ transcript: "It is me" });
  await again.mock.hangUp(callId);
  await ended(again, callId);
  expect(await again.calls.answer({ callId, requestId: "q1" })).toEqual({ transcript: "It is me" });
  const asked = (await logOf(again, callId)).filter((event) => event.type === "utterance.requested");
  expect(asked).toHaveLength(1);
});

test("the limit on calls counts both directions and is given back", async () => {
  await using home = await createHome({
    provider: "mock",
    mock: quick,
    inboundPolicy: "open",
    maxConcurrentCalls: 1,
    phrases: { busy: "All lines are busy." },
  });
  const voice = await home.connect();
  const { callId } = await voice.mock.inbound({ from: "+15555550111" });
  await expect(voice.calls.place({ to, message: "Hi" })).rejects.toMatchObject({ code: "AT_CAPACITY" });
  const second = await voice.mock.inbound({ from: "+15555550112" });
  expect(await ended(voice, second.callId)).toMatchObject({ reason: "completed" });
  expect((await voice.calls.get(second.callId))?.transcript).toMatchObject([{ text: "All lines are busy." }]);
  await voice.mock.hangUp(callId);
  await ended(voice, callId);
  await expect(voice.calls.place({ to, message: "Hi" })).resolves.toMatchObject({ direction: "outbound" });
});

test("one request id dials once, also when asked at the same time, and refuses other content", async () => {
  await using home = await createHome({ provider: "mock", mock: quick, maxConcurrentCalls: 5 });
  const voice = await home.connect();
  const order = { to, message: "Hi", mode: "conversation", requestId: "r-1" } as const;
  const placed = await Promise.all([voice.calls.place(order), voice.calls.place(order), voice.calls.place(order)]);
  expect(new Set(placed.map(({ callId }) => callId)).size).toBe(1);
  expect(await voice.calls.list()).toHaveLength(1);
  for (const other of [{ message: "Other" }, { requesterSessionKey: "agent:main:main" }, { agentId: "sales" }]) {
    await expect(voice.calls.place({ ...order, ...other })).rejects.toMatchObject({ code: "REQUEST_CONFLICT" });
  }
});

test("who ordered a call and which agent holds it survive a killed daemon; the order's agent wins over all", async () => {
  await using home = await createHome({ provider: "mock", mock: quick, maxConcurrentCalls: 5, agentId: "configured" });
  const voice = await home.connect();
  const requesterSessionKey = "agent:main:telegram:1";
  const order = { to, mode: "conversation", requesterSessionKey } as const;
  const keys = { sessionKey: "agent:ops:voice:1" };
  const [plain, named, bySession, both] = await Promise.all([
    voice.calls.place(order),
    voice.calls.place({ ...order, agentId: "sales" }),
    voice.calls.place({ ...order, ...keys }),
    voice.calls.place({ ...order, ...keys, agentId: "sales" }),
  ]);
  const agents = new Map<string, string | undefined>();
  for await (const event of voice.events.follow({ since: 0 })) {
    if (event.type === "call.requested") agents.set(event.callId, event.route.agentId);
    if (agents.size === 4) break;
  }
  expect([plain, named, bySession, both].map(({ callId }) => agents.get(callId))).toEqual([
    "configured",
    "sales",
    "ops",
    "sales",
  ]);
  expect([plain.sessionKey, named.sessionKey]).toEqual([
    "agent:configured:voice:15555550123",
    "agent:sales:voice:15555550123",
  ]);
  await home.kill();
  const back = await home.connect();
  expect(await back.calls.get(named.callId)).toMatchObject({ requesterSessionKey });
});

test("nobody answers the question: the ask ends by its deadline and the call goes on", async () => {
  await using home = await createHome({ provider: "mock", mock: { ...quick, replies: [] }, transcriptTimeoutMs: 1000 });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to, mode: "conversation" });
  await expect(voice.calls.ask({ callId, message: "Anyone?" })).rejects.toMatchObject({ code: "NOBODY_SPOKE" });
  expect((await voice.calls.get(callId))?.state).toBe("listening");
});

test("the longest duration ends a call as a timeout", async () => {
  await using home = await createHome({
    provider: "mock",
    mock: quick,
    maxDurationSeconds: 1,
    outbound: { notifyHangupDelaySec: 0 },
  });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to, mode: "conversation" });
  const end = await ended(voice, callId);
  expect(["timeout", "completed"]).toContain(end.type === "call.ended" ? end.reason : "");
});

test("bad orders are refused by name, before anything is dialled", async () => {
  await using home = await createHome({ provider: "mock", mock: quick });
  const voice = await home.connect();
  await expect(voice.calls.place({ to: "5550123", message: "Hi" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(voice.calls.place({ to })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("--message"),
  });
  await expect(voice.calls.place({ message: "Hi" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("--to"),
  });
  await expect(voice.calls.place({ to, message: " " })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(voice.calls.say({ callId: "call-unknown", message: "Hi" })).rejects.toMatchObject({
    code: "NO_SUCH_CALL",
  });
  expect(await voice.calls.get("call-unknown")).toBeUndefined();
  expect((await voice.system.health()).lastSeq).toBe(0);
});

test("a changed configuration counts for the next call", async () => {
  await using home = await createHome({ provider: "mock", mock: { ...quick, outcome: "busy" } });
  const voice = await home.connect();
  const first = await voice.calls.place({ to, message: "Hi" });
  expect(await ended(voice, first.callId)).toMatchObject({ reason: "busy" });
  await home.configure({
    provider: "mock",
    mock: { ...quick, outcome: "answer" },
    outbound: { notifyHangupDelaySec: 0 },
  });
  const second = await voice.calls.place({ to, message: "Hi" });
  expect(await ended(voice, second.callId)).toMatchObject({ reason: "completed" });
});

test("a wrong configuration refuses calls with its path and leaves history readable", async () => {
  await using home = await createHome({ provider: "mock", mock: quick, outbound: { notifyHangupDelaySec: 0 } });
  const voice = await home.connect();
  const { callId } = await voice.calls.place({ to, message: "Hi" });
  await ended(voice, callId);
  await home.configure({ provider: "mock", maxConcurentCalls: 3 });
  await expect(voice.calls.place({ to, message: "Hi" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("maxConcurentCalls"),
  });
  expect((await voice.calls.get(callId))?.state).toBe("completed");
  await eventually(async () => (await voice.system.health()).problems.length > 0);
});
