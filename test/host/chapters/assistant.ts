// The assistant calls somebody: the model uses the tool `voice_call`, and is told in its session how the call ended.
import { strict as assert } from "node:assert";
import type { VoiceCall } from "../../../src/client/index.ts";
import { eventually } from "../../support/daemon.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { FakeModel, ModelRequest } from "../harness/fake-model.ts";
import type { Json } from "../harness/host-home.ts";
import { callee, callOf, endOf, listening, says, type Stage } from "../harness/stage.ts";

export async function assistant({ does }: Chapter, stage: Stage): Promise<void> {
  const voice = await stage.voice();
  const { model, home } = stage;
  model.on("PLEASE CALL", callsOnce);
  await does("`openclaw agent`: the model finds the tool in its list, calls somebody, and says so", async () => {
    const words = "PLEASE CALL and say that the cake is ready.";
    const session = ["--agent", "main", "--session-key", "agent:main:cake"];
    const ran = await home.openclaw(["agent", ...session, "--message", words, "--json", "--timeout", "60"], {
      timeoutMs: 90_000,
    });
    assert.equal(ran.code, 0, ran.stderr);
    const asked = requestsAbout(model, words);
    assert(asked[0]?.tools.includes("voice_call"), `tools of the model: ${asked[0]?.tools.join(", ")}`);
    const result = String(asked[1]?.toolResults.at(-1));
    const callId = /call-[0-9a-z]{16}/.exec(result)?.[0] ?? "";
    await endOf(voice, callId);
    await says(voice, callId, "The cake is ready.");
    assert.match(ran.stdout, /I have called/);
  });
  await does("when that call has ended, a note of how it went reaches the session that asked for it", () =>
    noted(stage, "The cake is ready."),
  );
  await does("the model holds a conversation by the tool: call, ask twice, look, hang up", () =>
    converses(stage, voice),
  );
  await does("what the tool refuses, it explains to the model, and the Gateway stays well", async () => {
    model.on("CALL NOBODY", async function* ({ toolResults }: ModelRequest) {
      if (toolResults.length === 0)
        yield { use: "voice_call", args: { action: "initiate_call", to: "mum", message: "Hi" } };
      else yield { say: "That did not work." };
    });
    await turn(stage, "agent:main:refused", "CALL NOBODY please");
    const result = String(requestsAbout(model, "CALL NOBODY")[1]?.toolResults[0]);
    assert.match(result, /E\.164|number/);
    assert.equal(await stage.gateway.ready(), true);
  });
}

async function* callsOnce({ toolResults }: ModelRequest) {
  if (toolResults.length === 0) {
    yield {
      use: "voice_call",
      args: { action: "initiate_call", to: callee, message: "The cake is ready.", mode: "notify" },
    };
  } else yield { say: "I have called." };
}

function requestsAbout({ requests }: FakeModel, words: string): ModelRequest[] {
  return requests.filter(({ prompt }) => prompt.includes(words));
}

/** One turn of the assistant in a session, through the Gateway. */
async function turn({ rpc }: Stage, sessionKey: string, message: string): Promise<Json> {
  const idempotencyKey = `${sessionKey}-${message}`;
  const { runId } = await rpc("agent", { message, agentId: "main", sessionKey, idempotencyKey });
  const done = await rpc("agent.wait", { runId, timeoutMs: 60_000 });
  assert.equal(done["status"], "ok", JSON.stringify(done));
  return done;
}

/** The host wakes the session, and the model reads there what became of the call. */
async function noted({ model }: Stage, words: string): Promise<void> {
  const over = /phone call to …\d{4} \(callId call-[0-9a-z]{16}\) is over: completed/;
  const reads = (request: ModelRequest): boolean => {
    // The host hands the note over among its own words, after the prompt that the session began with.
    const [, note = ""] = request.everything.split(over);
    return note.includes(words);
  };
  await eventually(() => model.requests.some(reads), 90_000);
}

async function converses(stage: Stage, voice: VoiceCall): Promise<void> {
  let callId = "";
  stage.model.on("SURVEY", async function* ({ toolResults }: ModelRequest) {
    const last = toolResults.at(-1) ?? "";
    callId = /call-[0-9a-z]{16}/.exec(toolResults[0] ?? "")?.[0] ?? "";
    const steps: Json[] = [
      { action: "initiate_call", to: callee, message: "A short survey.", mode: "conversation" },
      { action: "continue_call", callId, message: "Tea or coffee?" },
      { action: "continue_call", callId, message: "With milk?" },
      { action: "get_status", callId },
      { action: "end_call", callId },
    ];
    const next = steps[toolResults.length];
    if (next === undefined) yield { say: `The survey is done. ${last.length > 0 ? "All is said." : ""}` };
    else yield { use: "voice_call", args: next };
  });
  const running = turn(stage, "agent:main:survey", "SURVEY please");
  running.catch(() => undefined);
  for (const [question, answer] of [
    ["Tea or coffee?", "Tea"],
    ["With milk?", "Never"],
  ] as const) {
    await eventually(() => callId !== "", 30_000);
    await says(voice, callId, question);
    await listening(voice, callId);
    await voice.mock.say(callId, answer);
  }
  await running;
  assert.equal((await endOf(voice, callId)).reason, "hangup-bot");
  const results = requestsAbout(stage.model, "SURVEY please").at(-1)?.toolResults ?? [];
  assert.match(results[1] ?? "", /Tea/);
  assert.match(results[2] ?? "", /Never/);
  assert.match(results[3] ?? "", /A short survey\./);
  assert.equal((await callOf(voice, callId)).transcript.filter(({ speaker }) => speaker === "user").length, 2);
}
