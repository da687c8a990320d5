import { expect, test } from "vitest";
import { apology, caller, desk, listening, said, settled } from "../plugin/agent/desk.ts";
import { untilAborted } from "../plugin/agent/fake-host.ts";
import { eventually } from "../support/daemon.ts";

test("a model that never answers is given up in time, and the caller's next words find the session free", async () => {
  await using at = await desk(
    (run, line) => {
      if (run.prompt === "Hang") return untilAborted(run);
      line.write("Here I am.");
      return Promise.resolve();
    },
    { responseTimeoutMs: 1000 },
  );
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "Hang" });
  await settled(at.voice, callId, "late");
  await eventually(() => at.host.runs[0]?.abortSignal.aborted === true);
  await listening(at.voice, callId);
  await at.voice.mock.say(callId, "Hello?");
  await settled(at.voice, callId, "answered");
  await listening(at.voice, callId);
  expect(await said(at.voice, callId)).toEqual([apology, "Here I am."]);
  expect(at.log.lines).toEqual([]);
  expect(at.host.crowded).toEqual([]);
});

test("a caller who speaks on stops the run; nothing that it still writes is heard, and the next waits until it is over", async () => {
  const overNow = Promise.withResolvers<void>();
  await using at = await desk(async (run, line) => {
    if (run.prompt !== "Tell me a story") {
      line.write("Of course.");
      return;
    }
    line.write("Once upon a time there was a fox. ");
    await untilAborted(run).catch(() => undefined);
    line.write("Stale words of the story. And more of them.");
    await overNow.promise;
    line.write("Even later words.");
  });
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "Tell me a story" });
  await eventually(async () => (await said(at.voice, callId)).length > 0);
  await at.voice.mock.say(callId, "Stop");
  await settled(at.voice, callId, "superseded");
  await eventually(() => at.host.runs[0]?.abortSignal.aborted === true);
  expect(at.host.runs).toHaveLength(1);
  overNow.resolve();
  await settled(at.voice, callId, "answered");
  await listening(at.voice, callId);
  expect((await said(at.voice, callId)).join(" ")).not.toMatch(/Stale|more|later/);
  expect((await said(at.voice, callId)).at(-1)).toBe("Of course.");
  expect(at.host.crowded).toEqual([]);
});

test("two callers at once are answered side by side, each in a session and with words of their own", async () => {
  const both = Promise.withResolvers<void>();
  const here = new Set<string>();
  await using at = await desk(async (run, line) => {
    here.add(run.sessionKey);
    if (here.size === 2) both.resolve();
    await both.promise;
    line.write(`Canary ${run.sessionKey.slice(-4)}. `, "Done.");
  });
  const first = await at.voice.mock.inbound({ from: caller, say: "One" });
  const second = await at.voice.mock.inbound({ from: "+15555550222", say: "Two" });
  await Promise.all([first, second].map(({ callId }) => settled(at.voice, callId, "answered")));
  await Promise.all([first, second].map(({ callId }) => listening(at.voice, callId)));
  expect(await said(at.voice, first.callId)).toEqual(["Canary 0111.", "Done."]);
  expect(await said(at.voice, second.callId)).toEqual(["Canary 0222.", "Done."]);
  expect(at.host.crowded).toEqual([]);
});

test("a reload of the plugin in the middle of a reply gives the turn to the next one", async () => {
  await using at = await desk(async (run, line) => {
    if (at.host.runs.length === 1) await untilAborted(run);
    line.write("Back again.");
  });
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "Hello?" });
  await eventually(() => at.host.runs.length === 1);
  await at.stop();
  at.answer();
  await settled(at.voice, callId, "answered");
  await listening(at.voice, callId);
  expect(await said(at.voice, callId)).toEqual(["Back again."]);
});

test("several agents and none named: one clear line and an apology; a named one answers", async () => {
  await using at = await desk((_run, line) => (line.write("Hello."), Promise.resolve()), {
    numbers: { "+15555550100": {} },
  });
  at.host.agents = ["ops", "sales"];
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "Hello?" });
  await settled(at.voice, callId, "failed");
  expect(at.log.lines).toEqual([
    `error ${callId}: several agents could answer callers, and none is named (set \`plugins.entries.voice-call.config.agentId\`, or \`numbers.<number>.agentId\` for one number)`,
  ]);
  const placed = await at.voice.calls.place({ to: "+15555550123", mode: "conversation", agentId: "sales" });
  await eventually(async () => (await at.voice.calls.get(placed.callId))?.state === "listening");
  await at.voice.mock.say(placed.callId, "Who is there?");
  await settled(at.voice, placed.callId, "answered");
  expect(at.host.runs.map(({ agentId, sessionKey }) => [agentId, sessionKey])).toEqual([
    ["sales", "agent:sales:voice:15555550123"],
  ]);
  expect(at.host.runs[0]).not.toHaveProperty("toolsAllow");
});

test("what fails with each sentence of a caller is told once", async () => {
  await using at = await desk(() => Promise.reject(new Error("no model has a key")));
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "Hello?" });
  await settled(at.voice, callId, "failed");
  await listening(at.voice, callId);
  await at.voice.mock.say(callId, "Hello again?");
  await eventually(async () => (await said(at.voice, callId)).filter((text) => text === apology).length === 2);
  expect(at.log.lines).toEqual([`error ${callId}: no model has a key`]);
});

test("several agents and none named: the one that ordered the call talks on it", async () => {
  await using at = await desk((_run, line) => (line.write("Hello."), Promise.resolve()));
  at.host.agents = ["ops", "sales"];
  const requesterSessionKey = "agent:sales:telegram:1";
  const { callId } = await at.voice.calls.place({ to: "+15555550123", mode: "conversation", requesterSessionKey });
  await eventually(async () => (await at.voice.calls.get(callId))?.state === "listening");
  await at.voice.mock.say(callId, "Who is there?");
  await settled(at.voice, callId, "answered");
  expect(at.host.runs.map(({ agentId, sessionKey }) => [agentId, sessionKey])).toEqual([
    ["sales", "agent:sales:voice:15555550123"],
  ]);
});

test("the settings of the dialled number hold: agent, model, instructions and tools; a model not allowed is told once", async () => {
  const number = "+15555550100";
  await using at = await desk((_run, line) => (line.write("Hello."), Promise.resolve()), {
    fromNumber: number,
    responseModel: "fake/bad",
    numbers: {
      [number]: {
        agentId: "desk",
        responseModel: "fake/good",
        responseSystemPrompt: "Be the desk.",
        inboundTools: "all",
      },
      "+15555550199": { inboundTools: "none" },
    },
  });
  for (const to of [number, "+15555550199", "+15555550199"]) {
    const { callId } = await at.voice.mock.inbound({ from: caller, to, say: "Hello?" });
    await settled(at.voice, callId, "answered");
    await at.voice.calls.hangUp(callId);
  }
  const [desk1, other] = at.host.runs;
  expect(desk1).toMatchObject({
    agentId: "desk",
    model: "good",
    extraSystemPrompt: expect.stringContaining("Be the desk."),
    conversationToolPolicy: { deny: ["tts"] },
  });
  expect(desk1).not.toHaveProperty("toolsAllow");
  expect(other).toMatchObject({ agentId: "main", model: "own", disableTools: true });
  expect(at.log.lines).toEqual([
    "warn `responseModel` fake/bad cannot be used (model not allowed: fake/bad); callers are answered with fake/own. Add it to `agents.defaults.modelPolicy.allow`, or change `responseModel`.",
  ]);
});

test("a session that a chat began in the meantime is met again under its own id, and answered once", async () => {
  await using at = await desk((_run, line) => (line.write("Hello."), Promise.resolve()));
  const { getSessionEntry } = at.host.runtime.agent.session;
  let looked = 0;
  at.host.runtime.agent.session.getSessionEntry = (session) => {
    const entry = getSessionEntry(session);
    if (++looked === 1) at.host.stored.set(session.sessionKey, "of-the-chat");
    return entry;
  };
  const { callId } = await at.voice.mock.inbound({ from: caller, say: "Hello?" });
  await settled(at.voice, callId, "answered");
  expect(at.host.runs.map(({ sessionId }) => sessionId === "of-the-chat")).toEqual([false, true]);
  expect(at.log.lines).toEqual([]);
});
