import { expect, test } from "vitest";
import { apology, caller, desk, listening, said, settled } from "../plugin/agent/desk.ts";
import { type FakeModel, payloads } from "../plugin/agent/fake-host.ts";
import { ended } from "../support/daemon.ts";

test("a caller is answered while the reply is being written, and the goodbye is heard before the hang-up", async () => {
  await using at = await desk(
    (run, line) => {
      if (run.prompt === "Bye") line.write("Good", "bye then. [[end", "_call]]");
      else line.write("It is ni", "ne. In the ev", "ening.");
      return Promise.resolve();
    },
    { inboundGreeting: "Welcome" },
  );
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "What time is it?" });
  await settled(at.voice, callId, "answered");
  await listening(at.voice, callId);
  await at.voice.mock.say(callId, "Bye");
  expect(await ended(at.voice, callId)).toMatchObject({ reason: "hangup-bot" });
  expect(await said(at.voice, callId)).toEqual(["Welcome", "It is nine.", "In the evening.", "Goodbye then."]);
  expect(at.host.detached).toBe(2);
  expect(at.host.runs[0]).toMatchObject({
    agentId: "main",
    sessionKey: "agent:main:voice:15555550111",
    provider: "fake",
    model: "own",
    thinkLevel: "off",
    messageProvider: "voice",
    workspaceDir: "/workspace/main",
    senderIsOwner: false,
    toolsAllow: ["read", "memory_search", "memory_get", "web_search", "web_fetch"],
    requireWorkspaceOnly: true,
  });
  expect(at.host.runs[1]?.sessionId).toBe(at.host.runs[0]?.sessionId);
  expect(at.host.runs[1]?.extraSystemPrompt).toContain("In the evening.");
});

test("what was not streamed is spoken once, and what was is not spoken again", async () => {
  const replies: Record<string, FakeModel> = {
    repeated: (_run, line) => {
      line.write("One moment. ", "It is **nine** o'clock.");
      return Promise.resolve(payloads("One moment.", "It is nine o'clock."));
    },
    late: () => Promise.resolve(payloads("Only at the end.", { text: "Thinking", isReasoning: true })),
    longer: (_run, line) => {
      line.write("First sentence. ");
      return Promise.resolve(payloads("First sentence. Second sentence."));
    },
    tools: (_run, line) => {
      line.write("Let me look");
      line.write("You have two appointments.");
      return Promise.resolve(payloads({ text: "Let me look", isCommentary: true }, "You have two appointments."));
    },
    failedTool: (_run, line) => {
      line.write("The shop is closed.");
      return Promise.resolve(payloads("The shop is closed.", { text: "exec failed", isError: true }));
    },
    contract: (_run, line) => {
      line.write('{"spo', 'ken": "Hello th', 'ere. All is well.", "endCall": tr', "ue}");
      return Promise.resolve();
    },
  };
  await using at = await desk((run, line) => replies[run.prompt]?.(run, line) ?? Promise.resolve());
  const { callId } = await at.voice.mock.inbound({ from: caller });
  let turns = 0;
  for (const prompt of Object.keys(replies)) {
    await listening(at.voice, callId);
    await at.voice.mock.say(callId, prompt);
    await settled(at.voice, callId, "answered", ++turns);
  }
  expect(await ended(at.voice, callId)).toMatchObject({ reason: "hangup-bot" });
  expect(await said(at.voice, callId)).toEqual([
    "One moment.",
    "It is nine o'clock.",
    "Only at the end.",
    "First sentence.",
    "Second sentence.",
    "Let me look",
    "You have two appointments.",
    "The shop is closed.",
    "Hello there.",
    "All is well.",
  ]);
});

test("no reply is ever silence: errors, tools only, silent words and a refusing host end in an apology", async () => {
  const models: Record<string, FakeModel> = {
    timeout: () =>
      Promise.resolve({
        payloads: [{ text: "Request timed out", isError: true }],
        meta: { error: { kind: "incomplete_turn", message: "Request timed out" } },
      }),
    toolsOnly: () => Promise.resolve({ payloads: undefined, meta: {} }),
    silent: (_run, line) => (line.write("NO_", "REPLY"), Promise.resolve()),
    errorOnly: () => Promise.resolve(payloads({ text: "quota exceeded", isError: true })),
    draining: () => {
      const error = new Error("Gateway is draining; new tasks are not accepted");
      error.name = "GatewayDrainingError";
      return Promise.reject(error);
    },
    unknownAgent: () => {
      const error = new Error("Agent main is not present in the configured roster.");
      return Promise.reject(Object.assign(error, { code: "RUN_WORKSPACE_AGENT_NOT_CONFIGURED" }));
    },
    half: (_run, line) => {
      line.write("I was about to say. And th");
      return Promise.resolve({ payloads: [], meta: { error: { kind: "retry_limit", message: "gave up" } } });
    },
  };
  await using at = await desk((run, line) => models[run.prompt]?.(run, line) ?? Promise.resolve());
  const { callId } = await at.voice.mock.inbound({ from: caller });
  const reasons: unknown[] = [];
  for (const prompt of Object.keys(models)) {
    await listening(at.voice, callId);
    await at.voice.mock.say(callId, prompt);
    const event = await settled(at.voice, callId, "failed", reasons.length + 1);
    reasons.push(event.type === "turn.settled" ? event.message : undefined);
  }
  await listening(at.voice, callId);
  expect(reasons).toEqual([
    "the agent made no whole reply: Request timed out",
    "the agent made no whole reply: it ended without a word for the caller",
    "the agent made no whole reply: it ended without a word for the caller",
    "the agent made no whole reply: quota exceeded",
    "the Gateway takes no new work: it is being stopped or reloaded",
    "there is no agent `main` to answer with",
    "the agent made no whole reply: gave up",
  ]);
  expect(await said(at.voice, callId)).toEqual([
    ...Array.from({ length: 6 }, () => apology),
    "I was about to say.",
    apology,
  ]);
  // The second reason came twice in a row.
  expect(at.log.lines).toHaveLength(6);
  expect(at.log.lines[4]).toBe(
    `error ${callId}: there is no agent \`main\` to answer with (correct \`plugins.entries.voice-call.config.agentId\`, that of the number, or the order's)`,
  );
});
