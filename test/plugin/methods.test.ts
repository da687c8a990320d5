import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { prefixedLog } from "../../src/plugin/log.ts";
import { registerMethods } from "../../src/plugin/methods.ts";
import { FakeVoiceCall, call } from "../support/fake-voice-call.ts";
import { FakeHost } from "./fake-host.ts";

const callId = call.callId;

function gateway(): { host: FakeHost; voice: FakeVoiceCall; used: () => number } {
  const host = new FakeHost();
  const voice = new FakeVoiceCall();
  let used = 0;
  registerMethods(host, (work) => (used++, work(voice)), prefixedLog(host.logger));
  return { host, voice, used: () => used };
}

test.for([
  ["initiate", { message: "Hi" }, ["place", { message: "Hi" }], { callId, initiated: true }],
  [
    "start",
    {
      to: "+15555550123",
      mode: "conversation",
      dtmfSequence: "ww1#",
      requesterSessionKey: "agent:main:x",
      agentId: "a",
    },
    [
      "place",
      {
        to: "+15555550123",
        mode: "conversation",
        dtmfSequence: "ww1#",
        requesterSessionKey: "agent:main:x",
        agentId: "a",
      },
    ],
    { callId, initiated: true },
  ],
  [
    "speak",
    { callId, message: "Hi", allowTwimlFallback: false },
    ["say", { callId, message: "Hi" }],
    { success: true },
  ],
  ["dtmf", { callId, digits: "1#" }, ["sendDigits", { callId, digits: "1#" }], { success: true }],
  ["end", { callId }, ["hangUp", callId], { success: true }],
  ["status", {}, ["list"], { found: true, calls: [call] }],
  ["status", { callId }, ["get", callId], { found: true, call }],
] as const)("voicecall.%s %j", async ([method, params, order, payload]) => {
  const { host, voice } = gateway();
  expect(await host.call(`voicecall.${method}`, params)).toMatchObject({ ok: true, payload });
  expect(voice.orders).toMatchObject([order]);
});

test("an unknown call is no error of status", async () => {
  const { host, voice } = gateway();
  voice.found = undefined;
  expect((await host.call("voicecall.status", { callId: "x" })).payload).toEqual({ found: false });
});

test.for([
  ["initiate", {}, /^message is missing: /],
  ["initiate", { message: "" }, /^message is empty$/],
  ["initiate", { message: "Hi", mode: "shout" }, /^mode must be "notify" or "conversation"$/],
  ["initiate", { message: "x".repeat(8001) }, /^message has 8001 characters; at most 8000 are possible$/],
  ["start", { to: 15_555_550_123 }, /^to must be text, not a number$/],
  ["start", { to: "+15555550123", dtmfSequence: "5 6" }, /^dtmfSequence has characters that it cannot have$/],
  ["start", { to: "+15555550123", number: "x" }, /^there is no parameter "number"$/],
  ["continue", { callId }, /^message is missing/],
  ["continue.result", { operationId: "bm9uc2Vuc2U" }, /^operationId is not one that/],
  ["speak", { callId: ["x"], message: "Hi" }, /^callId must be text, not a list$/],
  ["dtmf", { callId, digits: null }, /^digits must be text, not null$/],
  ["end", { callId: { $ne: "" } }, /^callId must be text, not an object$/],
  ["status", { __proto__: null, constructor: "x" }, /^there is no parameter "constructor"$/],
] as const)("voicecall.%s refuses %j and names the field", async ([method, params, message]) => {
  const { host, voice } = gateway();
  const { ok, error } = await host.call(`voicecall.${method}`, params);
  expect({ ok, code: error?.code, retryable: error?.retryable }).toEqual({
    ok: false,
    code: "INVALID_REQUEST",
    retryable: false,
  });
  expect(error?.message).toMatch(message);
  expect(voice.orders).toEqual([]);
});

test("odd parameters look for no daemon", async () => {
  const { host, used } = gateway();
  await host.call("voicecall.speak", { callId });
  expect(used()).toBe(0);
});

test.for([
  ["NO_SUCH_CALL", /^call not found: /, false],
  ["CALL_ENDED", /^call is not active: /, false],
  ["CALL_NOT_LIVE", /^it went wrong$/, true],
  ["AT_CAPACITY", /^it went wrong$/, true],
  ["CARRIER_REFUSED", /^it went wrong$/, false],
] as const)("a refusal keeps its code: %s", async ([code, message, retryable]) => {
  const { host, voice } = gateway();
  voice.failure = new CallError(code, "it went wrong", { hint: "do better", carrierCode: "21211", callId });
  const { error } = await host.call("voicecall.end", { callId });
  expect(error).toMatchObject({ code, details: { hint: "do better", carrierCode: "21211", callId }, retryable });
  expect(error?.message).toMatch(message);
});

test("a defect is told to who asked and to the log, and throws nothing into the Gateway", async () => {
  const { host, voice } = gateway();
  voice.failure = new TypeError("undefined is not a phone");
  expect((await host.call("voicecall.end", { callId })).error?.code).toBe("INTERNAL");
  expect(host.lines).toEqual(["error voice-call: voicecall.end failed: TypeError: undefined is not a phone"]);
});

test("who asked has gone: the order is carried out all the same", async () => {
  const { host, voice } = gateway();
  const respond = (): never => {
    throw new Error("the socket is closed");
  };
  await host.methods.get("voicecall.end")?.answer({ params: { callId }, respond });
  expect(voice.orders).toEqual([["hangUp", callId]]);
});

test("a question is asked once: its answer can be waited for by another instance", async () => {
  const first = gateway();
  first.voice.answer = () => new Promise(() => undefined);
  const { payload } = await first.host.call("voicecall.continue.start", { callId, message: "Which day?" });
  const second = gateway();
  const result = await second.host.call("voicecall.continue.result", payload as Record<string, unknown>);
  expect(result.payload).toEqual({ success: true, transcript: "Tuesday." });
  const [[, asked] = []] = first.voice.orders as [string, { requestId: string }][];
  expect(second.voice.orders).toEqual([["answer", { callId, requestId: asked?.requestId }]]);
});

test("a question that is refused is refused at its start", async () => {
  const { host, voice } = gateway();
  voice.failure = new CallError("ALREADY_ASKING", "another question still waits");
  expect((await host.call("voicecall.continue.start", { callId, message: "?" })).error?.code).toBe("ALREADY_ASKING");
});

test("a hint names the command that OpenClaw's users have", async () => {
  const { host, voice } = gateway();
  voice.failure = new CallError("AT_CAPACITY", "all lines are busy", { hint: "look with `voicecall status`" });
  const { error } = await host.call("voicecall.end", { callId });
  expect(error?.details).toEqual({ hint: "look with `openclaw voicecall status`" });
  prefixedLog(host.logger).warn("`voicecall daemon stop` ends it");
  expect(host.lines).toEqual(["warn voice-call: `openclaw voicecall daemon stop` ends it"]);
});
