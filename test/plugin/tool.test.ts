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
  expect(voice.orders).toMatchObject([order]);
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
