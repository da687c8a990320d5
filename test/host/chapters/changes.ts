// What happens to the Gateway and the plugin in the middle of a call: the call goes on.
import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { VoiceCall } from "../../../src/client/index.ts";
import { eventually } from "../../support/daemon.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { ModelRequest } from "../harness/fake-model.ts";
import {
  callee,
  callOf,
  endOf,
  gate,
  givenUp,
  listening,
  logs,
  otherCaller,
  saidOn,
  says,
  turnOf,
  type Stage,
} from "../harness/stage.ts";
import type { Packed } from "./installing.ts";
import { refused } from "./methods.ts";

/** One call that everything below happens to. */
interface LongCall {
  callId: string;
  daemonPid: number;
  turns: number;
}

export async function changes(chapter: Chapter, stage: Stage, packed: Packed): Promise<void> {
  const { does, needs } = chapter;
  const voice = await stage.voice();
  stage.model.on("COUNT", async function* ({ userTexts }: ModelRequest) {
    yield { say: `That was number ${userTexts.filter((text) => text.includes("COUNT")).length}.` };
  });
  const call = await needs("a call begins, to which all of the following happens", async () => {
    const { callId } = await voice.mock.inbound({ from: "+15555550177" });
    const long = { callId, daemonPid: voice.daemon.pid, turns: 0 };
    await goesOn(voice, long);
    return long;
  });
  await does("an edited greeting and prompt apply to the next call, without a restart and while the call goes on", () =>
    edited(stage, voice, call),
  );
  await does(
    "an edit that makes no sense is explained, the call and the Gateway go on, and its correction is taken up",
    () => nonsense(stage, voice, call),
  );
  await does(
    "the Gateway is restarted in an agent's turn: the turn is finished, the next one waits, and the call goes on",
    () => restarted(stage, voice, { call, signal: "SIGTERM" }),
    320_000,
  );
  await does(
    "the Gateway is killed (kill -9) in an agent's turn: the call goes on and the turn is taken over",
    () => restarted(stage, voice, { call, signal: "SIGKILL" }),
    320_000,
  );
  await does("`openclaw plugins reload` in the call: it goes on", async () => {
    await succeeds(stage, ["plugins", "reload", "voice-call"]);
    await goesOn(voice, call);
  });
  await does(
    "an update is installed in the call: it goes on, and the daemon's own copy is still there",
    () => updated(stage, voice, { call, packed }),
    320_000,
  );
  await does("after `openclaw plugins disable` the methods are gone, the daemon and its call are not", async () => {
    await succeeds(stage, ["plugins", "disable", "voice-call"]);
    await assert.rejects(stage.rpc("voicecall.status"), /unknown method/);
    assert.equal((await callOf(voice, call.callId)).endedAt, undefined);
    assert.equal(voice.daemon.pid, call.daemonPid);
  });
  await does("after `openclaw plugins enable` the agent answers the same call again", async () => {
    await succeeds(stage, ["plugins", "enable", "voice-call", "--accept-capabilities"]);
    await eventually(async () => (await stage.rpc("voicecall.status"))["found"] === true, 20_000);
    await goesOn(voice, call);
  });
  await does(
    "after `openclaw plugins uninstall` the daemon holds the call until it is over, with every word of it",
    async () => {
      await succeeds(stage, ["plugins", "uninstall", "voice-call", "--force"]);
      assert.equal(await stage.gateway.ready(), true);
      const { transcript, endedAt } = await callOf(voice, call.callId);
      assert.equal(endedAt, undefined);
      const numbers = transcript
        .filter(({ speaker, text }) => speaker === "bot" && text.startsWith("That was number"))
        .map(({ text }) => text);
      assert.deepEqual(
        numbers,
        Array.from({ length: call.turns }, (_, index) => `That was number ${index + 1}.`),
      );
      await voice.calls.hangUp(call.callId);
      assert.equal((await endOf(voice, call.callId)).reason, "hangup-bot");
    },
  );
}

/** One more turn of the long call, answered by the agent in the same session by the same daemon. */
async function goesOn(voice: VoiceCall, call: LongCall): Promise<void> {
  call.turns += 1;
  await listening(voice, call.callId);
  await voice.mock.say(call.callId, "COUNT this");
  await says(voice, call.callId, `That was number ${call.turns}.`, 45_000);
  assert.equal(voice.daemon.pid, call.daemonPid);
}

async function edited(stage: Stage, voice: VoiceCall, call: LongCall): Promise<void> {
  const { pid } = stage.gateway;
  const writing = gate();
  stage.model.on("SLOWLY", async function* () {
    yield { say: "One moment. It" };
    await writing.opened;
    yield { say: " is done." };
  });
  const { callId } = await voice.mock.inbound({ from: otherCaller, say: "SLOWLY please" });
  await says(voice, callId, "One moment.");
  await stage.applies({ inboundGreeting: "Good evening.", responseSystemPrompt: "Speak like a pirate." });
  writing.open();
  await says(voice, callId, "It is done.");
  assert.equal((await turnOf(voice, callId)).outcome, "answered");
  await voice.calls.hangUp(callId);
  const next = await voice.mock.inbound({ from: otherCaller });
  await says(voice, next.callId, "Good evening.");
  await listening(voice, next.callId);
  await voice.mock.say(next.callId, "Who are you, AFTER THE EDIT?");
  await turnOf(voice, next.callId);
  const request = stage.model.requests.find(({ prompt }) => prompt.includes("AFTER THE EDIT"));
  assert.match(request?.systemPrompt ?? "", /Speak like a pirate\./);
  await voice.calls.hangUp(next.callId);
  assert.equal(stage.gateway.pid, pid);
  await goesOn(voice, call);
}

async function nonsense(stage: Stage, voice: VoiceCall, call: LongCall): Promise<void> {
  const problems = async (): Promise<string> => JSON.stringify((await voice.system.health()).problems);
  await stage.configure({ inboundGreetings: "Good morning." });
  await eventually(async () => (await problems()).includes("inboundGreetings"), 20_000);
  await logs(stage, /voice-call: .*did you mean `inboundGreeting`/);
  assert.equal(await stage.gateway.ready(), true);
  await refused(stage.rpc("voicecall.start", { to: callee, message: "Hi" }), /inboundGreetings/);
  await goesOn(voice, call);
  await stage.configure({ inboundGreetings: undefined });
  await eventually(async () => (await problems()) === "[]", 20_000);
  assert.equal((await voice.system.config())["inboundGreeting"], "Good evening.");
}

async function restarted(
  stage: Stage,
  voice: VoiceCall,
  { call, signal }: { call: LongCall; signal: "SIGTERM" | "SIGKILL" },
): Promise<void> {
  const [marker, reply] = [`DURING ${signal}`, `I am back after ${signal}.`];
  const asked: ModelRequest[] = [];
  const stopping = gate();
  stage.model.on(marker, async function* (request: ModelRequest) {
    asked.push(request);
    // A Gateway that is asked to stop lets its turns end; one that is killed never gets to hear a word.
    if (asked.length === 1) await (signal === "SIGTERM" ? stopping.opened : givenUp(request.signal));
    yield { say: reply };
  });
  await listening(voice, call.callId);
  await voice.mock.say(call.callId, `${marker}, are you there?`);
  await eventually(() => asked.length === 1, 30_000);
  const stopped = stage.gateway.stop(signal);
  stopping.open();
  await stopped;
  // What the caller says while there is no Gateway waits for the next one.
  if (signal === "SIGTERM") {
    await listening(voice, call.callId);
    call.turns += 1;
    await voice.mock.say(call.callId, "COUNT this while nobody is there");
  }
  await stage.gateway.start();
  await says(voice, call.callId, signal === "SIGTERM" ? `That was number ${call.turns}.` : reply, 45_000);
  assert.equal((await saidOn(voice, call.callId)).filter((text) => text === reply).length, 1);
  await goesOn(voice, call);
}

async function updated(
  stage: Stage,
  voice: VoiceCall,
  { call, packed }: { call: LongCall; packed: Packed },
): Promise<void> {
  const copy = await programOf(call.daemonPid);
  assert(copy.startsWith(stage.home.stateDir), `the daemon runs from ${copy}`);
  await succeeds(stage, ["plugins", "install", `npm-pack:${packed.newer.tarball}`, "--force", "--accept-capabilities"]);
  await goesOn(voice, call);
  assert(existsSync(copy), "the daemon's own copy is gone");
}

/** The script that a process runs. */
async function programOf(pid: number): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  return words.find((word) => word.endsWith(".js")) ?? "";
}

async function succeeds({ home }: Stage, args: string[]): Promise<void> {
  const { code, stderr, stdout } = await home.openclaw(args);
  assert.equal(code, 0, `openclaw ${args.join(" ")}: ${stderr}${stdout}`);
}
