import { expect, test } from "vitest";
import type { StoredEvent, VoiceCall } from "../../src/client/index.ts";
import { answerCallers } from "../../src/plugin/agent/index.ts";
import { FakeHost, FakeLog, type FakeModel, payloads, untilAborted } from "../plugin/agent/fake-host.ts";
import { createHome, ended, eventOf, eventually, type TestHome } from "../support/daemon.ts";

const mock = { provider: "mock", mock: { ringMs: 10, pace: 0.02, replyDelayMs: 10 }, inboundPolicy: "open" };
const apology = "Sorry, once more?";
const caller = "+15555550111";

interface Desk extends AsyncDisposable {
  home: TestHome;
  voice: VoiceCall;
  host: FakeHost;
  log: FakeLog;
  /** Ends the answering, as a reload of the plugin does. */
  stop(): Promise<void>;
  /** Begins it (again). */
  answer(): void;
}

/** A daemon on the mock carrier with a Gateway's agents at the other end. */
async function desk(model: FakeModel, config: Record<string, unknown> = {}): Promise<Desk> {
  const home = await createHome({ ...mock, phrases: { apology }, maxConcurrentCalls: 5, ...config });
  const voice = await home.connect();
  const host = new FakeHost(model);
  const log = new FakeLog();
  let stop = new AbortController();
  let answering: Promise<void> = Promise.resolve();
  const opened: Desk = {
    home,
    voice,
    host,
    log,
    answer() {
      stop = new AbortController();
      answering = answerCallers({
        host,
        voice,
        config: () => ({}),
        log,
        signal: stop.signal,
        loadSdk: () => Promise.resolve(host.sdk),
      });
    },
    async stop() {
      stop.abort();
      await answering;
    },
    async [Symbol.asyncDispose]() {
      await opened.stop();
      await home[Symbol.asyncDispose]();
    },
  };
  opened.answer();
  await eventually(async () => (await voice.system.health()).followers > 0);
  return opened;
}

async function said(voice: VoiceCall, callId: string, speaker = "bot"): Promise<string[]> {
  const call = await voice.calls.get(callId);
  return call?.transcript.filter((line) => line.speaker === speaker).map(({ text }) => text) ?? [];
}

function settled(voice: VoiceCall, callId: string, outcome: string, nth = 1): Promise<StoredEvent> {
  let seen = 0;
  return eventOf(
    voice,
    callId,
    (event) => event.type === "turn.settled" && event.outcome === outcome && ++seen === nth,
  );
}

function listening(voice: VoiceCall, callId: string): Promise<void> {
  return eventually(async () => (await voice.calls.get(callId))?.state === "listening");
}

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
    "Gateway is draining; new tasks are not accepted",
    "the agent made no whole reply: gave up",
  ]);
  expect(await said(at.voice, callId)).toEqual([
    ...Array.from({ length: 5 }, () => apology),
    "I was about to say.",
    apology,
  ]);
  expect(at.log.lines).toHaveLength(6);
  expect(at.log.lines[4]).toBe(`error [voice-call] ${callId}: Gateway is draining; new tasks are not accepted`);
});

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
    `error [voice-call] ${callId}: several agents could answer callers, and none is named (set \`plugins.entries.voice-call.config.agentId\`, or \`numbers.<number>.agentId\` for one number)`,
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
    "warn [voice-call] `responseModel` fake/bad cannot be used (model not allowed: fake/bad); callers are answered with fake/own. Add it to `agents.defaults.models`, or change `responseModel`.",
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
