import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { ConnectOptions } from "../../src/client/index.ts";
import type { Tool, ToolResult } from "../../src/plugin/host.ts";
import { voiceCallTool } from "../../src/plugin/tool.ts";
import { FakeVoiceCall, call } from "../support/fake-voice-call.ts";
import { FakeHost, configOf } from "./fake-host.ts";

const callId = call.callId;

function made(voice = new FakeVoiceCall()): {
  tool: Tool;
  voice: FakeVoiceCall;
  reached: ConnectOptions[];
  use(params: object): Promise<ToolResult>;
} {
  const reached: ConnectOptions[] = [];
  const context = { sessionKey: "agent:main:asker", config: configOf({ store: "/calls" }) };
  const tool = voiceCallTool(new FakeHost(), context, (options) => {
    reached.push(options);
    return Promise.resolve(voice);
  });
  return { tool, voice, reached, use: (params) => tool.execute("id", params) };
}

test("the model is shown one tool, with all that it can give", () => {
  const { name, catalogMode, parameters } = made().tool;
  expect({ name, catalogMode }).toEqual({ name: "voice_call", catalogMode: "direct-only" });
  expect(parameters).toMatchObject({
    type: "object",
    required: ["action"],
    additionalProperties: false,
    properties: {
      action: {
        enum: ["initiate_call", "continue_call", "speak_to_user", "send_dtmf", "end_call", "get_status"],
      },
      message: { type: "string", description: expect.stringContaining("spoken") },
      to: { type: "string" },
      mode: { enum: ["notify", "conversation"] },
      dtmfSequence: {},
      callId: {},
      digits: {},
    },
  });
});

test.for([
  [
    { action: "initiate_call", message: "Hi", to: "", mode: null },
    ["place", { message: "Hi", requesterSessionKey: "agent:main:asker" }],
    `callId: ${callId}`,
  ],
  [
    { action: "continue_call", callId, message: "Which day?" },
    ["ask", { callId, message: "Which day?" }],
    'They said: "Tuesday."',
  ],
  [
    { action: "speak_to_user", callId, message: "One moment." },
    ["say", { callId, message: "One moment." }],
    "It is being said.",
  ],
  [
    { action: "send_dtmf", callId, digits: "1#" },
    ["sendDigits", { callId, digits: "1#" }],
    "The keys are being pressed.",
  ],
  [{ action: "end_call", callId }, ["hangUp", callId], "Hung up."],
  [{ action: "get_status", callId }, ["get", callId], 'we: "Hello!"'],
  [{ action: "get_status" }, ["list"], "conversation call to +15555550123, listening"],
] as const)("%j", async ([params, order, text]) => {
  const { use, voice, reached } = made();
  const { content, details } = await use(params);
  expect(content).toEqual([{ type: "text", text: expect.stringContaining(text) }]);
  expect(details).toBeTypeOf("object");
  expect(voice.orders.at(-1)).toMatchObject(order);
  expect(voice.disposed).toBe(true);
  expect(reached).toMatchObject([{ stateDir: "/calls" }]);
});

test.for([
  [{}, "INVALID_INPUT: action is missing or unknown. What helps: it is one of initiate_call"],
  [{ action: "dial" }, "INVALID_INPUT: action is missing or unknown"],
  ["nonsense", "INVALID_INPUT: action is missing or unknown"],
  [{ action: "initiate_call" }, "INVALID_INPUT: message is missing"],
  [
    { action: "end_call", callId, message: "Bye" },
    'INVALID_INPUT: end_call takes no "message". What helps: it takes callId',
  ],
  [{ action: "initiate_call", message: "x", sessionKey: "agent:main:boss" }, 'initiate_call takes no "sessionKey"'],
] as const)("%j is explained to the model, and no daemon is looked for", async ([params, message]) => {
  const { tool, reached } = made();
  await expect(tool.execute("id", params)).rejects.toThrow(message);
  expect(reached).toEqual([]);
});

test("a refusal tells the model its code and what helps, and the client is let go", async () => {
  const { use, voice } = made();
  voice.failure = new CallError("AT_CAPACITY", "1 of 1 possible calls are live", { hint: "wait" });
  await expect(use({ action: "initiate_call", message: "Hi" })).rejects.toThrow(
    "AT_CAPACITY: 1 of 1 possible calls are live. What helps: wait",
  );
  expect(voice.disposed).toBe(true);
});

test("an aborted turn ends the waiting and hangs nobody up", async () => {
  const { tool, voice } = made();
  voice.answer = () => new Promise(() => undefined);
  const turn = new AbortController();
  const asking = tool.execute("id", { action: "continue_call", callId, message: "?" }, turn.signal);
  setImmediate(() => turn.abort());
  await expect(asking).rejects.toThrow("ABORTED: the waiting was given up");
  expect(voice.orders.map(([name]) => name)).toEqual(["ask"]);
  expect(voice.disposed).toBe(true);
});

const ours = { ...call, requesterSessionKey: "agent:main:asker" };
const wish = { action: "initiate_call", to: call.to, message: "Hi" };

test("a model that orders the same call twice at once dials once", async () => {
  const { use, voice } = made();
  const dialled = Promise.withResolvers<typeof call>();
  const { place } = voice.calls;
  voice.calls.place = (command) => {
    void place(command);
    return dialled.promise.finally(() => (voice.live = [ours]));
  };
  const both = [use(wish), use({ ...wish, message: "Hello" })];
  setImmediate(() => dialled.resolve(ours));
  const [first, second] = await Promise.allSettled(both);
  expect(first?.status).toBe("fulfilled");
  expect(String(second?.status === "rejected" && second.reason)).toContain(
    `REQUEST_CONFLICT: you are calling them already (${callId}, listening); nothing was dialled`,
  );
  expect(voice.orders.filter(([name]) => name === "place")).toHaveLength(1);
});

test.for([
  ["the session's own call goes on", [ours], {}, false],
  ["it does, and the number is left out", [ours], { to: "" }, false],
  ["its call to somebody else goes on", [{ ...ours, to: "+15555550199" }], {}, true],
  ["another session's call goes on", [{ ...ours, requesterSessionKey: "agent:main:other" }], {}, true],
  ["they called in", [{ ...ours, direction: "inbound" as const }], {}, true],
  ["its call is over", [{ ...ours, endedAt: 1 }], {}, true],
] as const)("a second call is placed only where it is none: %s", async ([_what, live, change, isPlaced]) => {
  const { use, voice } = made();
  voice.live = [...live];
  const outcome = await use({ ...wish, ...change }).then(
    () => true,
    () => false,
  );
  expect({ isPlaced: outcome, orders: voice.orders.some(([name]) => name === "place") }).toEqual({
    isPlaced,
    orders: isPlaced,
  });
});

test("a turn that was aborted while the daemon was looked for dials nobody", async () => {
  const turn = new AbortController();
  const voice = new FakeVoiceCall();
  const tool = voiceCallTool(new FakeHost(), { config: configOf({ store: "/calls" }) }, () => {
    turn.abort();
    return Promise.resolve(voice);
  });
  await expect(tool.execute("id", wish, turn.signal)).rejects.toThrow(/abort|given up/i);
  expect(voice.orders.filter(([name]) => name === "place")).toEqual([]);
});
