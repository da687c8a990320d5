// What users get wrong: voice explains itself in a clear line, and the Gateway stays healthy.
import { strict as assert } from "node:assert";
import { eventually } from "../../support/daemon.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { ModelRequest } from "../harness/fake-model.ts";
import { child, voiceSection } from "../harness/host-home.ts";
import {
  callee,
  caller,
  callOf,
  givenUp,
  logs,
  saidOn,
  says,
  turnOf,
  type Settled,
  type Stage,
} from "../harness/stage.ts";
import { refused } from "./methods.ts";

/** Runs on a Gateway that was started with `twilio.authToken` as a reference to a variable that is not set. */
export async function missingSecret({ does }: Chapter, stage: Stage, variable: string): Promise<void> {
  await does(
    "a secret that is not there leaves the Gateway healthy, and voice says which key, and what to do",
    async () => {
      assert.equal(await stage.gateway.ready(), true);
      await refused(stage.rpc("voicecall.start", { to: callee, message: "Hi" }), /twilio\.authToken/);
      // The way out names the variable that is not set.
      await logs(stage, new RegExp(`voice-call: .*twilio\\.authToken.*${variable}`));
    },
  );
}

/** Runs on the mock, with a Gateway whose configuration may be edited at will. */
export async function trouble({ does }: Chapter, stage: Stage): Promise<void> {
  const voice = await stage.voice();
  const { model } = stage;
  await does(
    "a model that never answers makes the caller hear an apology in time, and the next turn is answered",
    async () => {
      await stage.applies({ responseTimeoutMs: 2500, phrases: { apology: "Sorry, once more?" } });
      model.on("NEVER ANSWER", async function* ({ signal }: ModelRequest) {
        await givenUp(signal);
        yield { say: "" };
      });
      const { callId } = await voice.mock.inbound({ from: caller, say: "NEVER ANSWER me" });
      const settled = await turnOf(voice, callId);
      assert.notEqual(settled.outcome, "answered");
      await says(voice, callId, "Sorry, once more?");
      const offeredAt =
        (await callOf(voice, callId)).transcript.find(({ speaker }) => speaker === "user")?.timestamp ?? 0;
      assert(settled.at - offeredAt < 6000, `settled only after ${settled.at - offeredAt} ms`);
      await voice.calls.hangUp(callId);
      await stage.applies({ responseTimeoutMs: 120_000 });
    },
  );
  await does("a model that only uses tools and says nothing ends in an apology, not in silence", async () => {
    // The host asks such a model once more, in words of its own.
    model.on("did not produce a user-visible answer", async function* () {
      yield { say: "" };
    });
    model.on("ONLY TOOLS", async function* ({ toolResults, tools }: ModelRequest) {
      const [tool] = tools;
      if (toolResults.length < 2 && tool !== undefined) yield { use: tool, args: {} };
      else yield { say: "" };
    });
    const { callId } = await voice.mock.inbound({ from: caller, say: "ONLY TOOLS please" });
    const settled = await turnOf(voice, callId);
    assert.notEqual(settled.outcome, "answered", (await saidOn(voice, callId)).join(" "));
    await says(voice, callId, "Sorry, once more?");
    await voice.calls.hangUp(callId);
  });
  await does("a model that the agent may not use is named in the log, and the agent's own model answers", async () => {
    // In one edit: of two in one breath the host may take the second alone.
    await stage.home.edit((config) => {
      child(child(config, "agents"), "defaults")["models"] = { "fake/fake-model": {} };
      voiceSection(config)["responseModel"] = "fake/other-model";
    });
    const usedModel = async (): Promise<string | undefined> => {
      const { callId } = await voice.mock.inbound({ from: caller, say: "WHICH MODEL" });
      assert.equal((await turnOf(voice, callId)).outcome, "answered");
      await voice.calls.hangUp(callId);
      return model.requests.findLast(({ prompt }) => prompt.includes("WHICH MODEL"))?.model;
    };
    await logs(stage, /config hot reload applied \(.*agents\.defaults\.models/);
    assert.equal(await usedModel(), "fake-model");
    await logs(stage, /voice-call: .*responseModel.*fake\/other-model/);
    await stage.applies({ responseModel: "fake/fake-model" });
  });
  await does(
    "with two agents and no `agentId`, voice names the key, the caller hears an apology; with one named, it answers",
    async () => {
      await stage.home.edit((config) => {
        Object.assign(child(config, "agents"), { ownership: "explicit", entries: { main: {}, second: {} } });
      });
      let last: Settled | undefined;
      await eventually(async () => {
        const { callId } = await voice.mock.inbound({ from: caller, say: "WHO IS IT" });
        last = await turnOf(voice, callId);
        await voice.calls.hangUp(callId);
        return last.outcome === "failed" && /several agents/.test(last.message ?? "");
      }, 30_000).catch(() => assert.fail(`the last turn: ${JSON.stringify(last)}`));
      await logs(stage, /voice-call: .*several agents.*agentId/);
      await stage.applies({ agentId: "second" });
      const { callId } = await voice.mock.inbound({ from: caller, say: "WHO IS IT NOW" });
      assert.equal((await turnOf(voice, callId)).outcome, "answered");
      assert.match((await callOf(voice, callId)).sessionKey ?? "agent:second:", /^agent:second:/);
      assert.equal((await saidOn(voice, callId)).at(-1), "Understood.");
      await voice.calls.hangUp(callId);
    },
  );
  await does("the Gateway is healthy after all of it", async () => {
    assert.equal(await stage.gateway.ready(), true);
    assert.equal((await stage.rpc("voicecall.status"))["found"], true);
  });
}
