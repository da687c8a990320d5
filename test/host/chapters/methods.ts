// The Gateway's methods `voicecall.…`, as other plugins and `openclaw gateway call` use them.
import { strict as assert } from "node:assert";
import type { VoiceCall } from "../../../src/client/index.ts";
import { eventOf, eventually } from "../../support/daemon.ts";
import type { Chapter } from "../harness/chapter.ts";
import { connectToGateway, GatewayRefusal } from "../harness/gateway-client.ts";
import type { Json } from "../harness/host-home.ts";
import { callee, endOf, listening, says, type Stage } from "../harness/stage.ts";

export async function methods(chapter: Chapter, stage: Stage): Promise<void> {
  const { does } = chapter;
  const voice = await stage.voice();
  await does("`openclaw gateway call voicecall.initiate` places a call that says its message and ends", async () => {
    const params = JSON.stringify({ to: callee, message: "Dinner is at seven.", mode: "notify" });
    const ran = await stage.home.openclaw(["gateway", "call", "voicecall.initiate", "--json", "--params", params]);
    assert.equal(ran.code, 0, ran.stderr);
    const { callId, initiated } = JSON.parse(ran.stdout) as { callId: string; initiated: boolean };
    assert.equal(initiated, true);
    assert.equal((await endOf(voice, callId)).reason, "completed");
    await says(voice, callId, "Dinner is at seven.");
  });
  await does(
    "clients of the Gateway are told of a call by events, from its order to its end, without full numbers",
    () => told(stage, voice),
  );
  await does(
    "a meeting is dialled into by `start` with keys to press, told something by `speak`, and left by `end`",
    () => meeting(stage, voice),
  );
  await does("`continue` waits for the answer and gives it", async () => {
    const callId = await conversation(stage, voice);
    const answer = stage.rpc("voicecall.continue", { callId, message: "What is your favourite colour?" });
    await says(voice, callId, "What is your favourite colour?");
    await listening(voice, callId);
    await voice.mock.say(callId, "Blue");
    assert.deepEqual(await answer, { success: true, transcript: "Blue" });
    await stage.rpc("voicecall.end", { callId });
  });
  await does(
    "`continue` does not hold the Gateway while nobody answers: it is asked for again by `continue.result`",
    () => slowAnswer(stage, voice),
  );
  await does("odd parameters are refused, each in one line that names what is wrong", () => odd(stage));
  await does("a client that may only read sees the status and can place no call", () => readOnly(stage, voice));
}

async function told(stage: Stage, voice: VoiceCall): Promise<void> {
  const { callId } = await stage.rpc("voicecall.start", { to: callee, message: "Told.", mode: "notify" });
  await endOf(voice, String(callId));
  const mine = (): string[] =>
    stage.gateway.client.events
      .filter(({ event }) => event === "plugin.voice-call.call")
      .map(({ payload }) => JSON.stringify(payload))
      .filter((text) => text.includes(String(callId)));
  await eventually(() => mine().some((text) => /ended/.test(text)), 10_000).catch(() =>
    assert.fail(`events: ${mine().join(" ")}`),
  );
  assert(mine().length > 1, mine().join(" "));
  assert.doesNotMatch(mine().join(" "), new RegExp(callee.slice(1)));
}

async function conversation(stage: Stage, voice: VoiceCall): Promise<string> {
  const { callId } = await stage.rpc("voicecall.start", { to: callee, message: "Hello.", mode: "conversation" });
  await listening(voice, String(callId));
  return String(callId);
}

async function meeting(stage: Stage, voice: VoiceCall): Promise<void> {
  const order = { to: callee, mode: "conversation", dtmfSequence: "ww1234#", agentId: "main" };
  const { callId } = (await stage.rpc("voicecall.start", order)) as { callId: string };
  await eventOf(voice, callId, (event) => event.type === "call.requested" && event.dtmfSequence === "ww1234#");
  await listening(voice, callId);
  const spoken = await stage.rpc("voicecall.speak", { callId, message: "I am here.", allowTwimlFallback: true });
  assert.equal(spoken["success"], true);
  await says(voice, callId, "I am here.");
  assert.equal((await stage.rpc("voicecall.dtmf", { callId, digits: "42#" }))["success"], true);
  await eventOf(voice, callId, (event) => event.type === "digits.sent");
  const seen = (await stage.rpc("voicecall.status", { callId })) as { found: boolean; call: Json };
  assert.equal(seen.found, true);
  assert.equal(seen.call["to"], callee);
  assert.equal((await stage.rpc("voicecall.end", { callId }))["success"], true);
  assert.equal((await endOf(voice, callId)).reason, "hangup-bot");
  await refused(stage.rpc("voicecall.speak", { callId, message: "Still there?" }), /call (not found|is not active)/);
}

async function slowAnswer(stage: Stage, voice: VoiceCall): Promise<void> {
  const callId = await conversation(stage, voice);
  const started = await stage.rpc("voicecall.continue.start", { callId, message: "Take your time. How old are you?" });
  const { operationId } = started as { operationId: string };
  const askedAt = performance.now();
  const early = await stage.rpc("voicecall.continue.result", { operationId });
  const heldMs = performance.now() - askedAt;
  assert(heldMs < 5500, `the Gateway was held for ${heldMs} ms`);
  assert.notEqual(early["success"], true);
  await voice.mock.say(callId, "Forty two");
  const late = await stage.rpc("voicecall.continue.result", { operationId });
  assert.deepEqual([late["success"], late["transcript"]], [true, "Forty two"]);
  await stage.rpc("voicecall.end", { callId });
}

async function odd(stage: Stage): Promise<void> {
  const cases: [method: string, params: Json, says: RegExp][] = [
    ["initiate", { to: callee }, /message/],
    ["initiate", { to: "call mum", message: "Hi" }, /to\b|number|E\.164/],
    ["initiate", { to: callee, message: "Hi", mode: "shout" }, /mode/],
    ["initiate", { to: callee, message: "Hi", volume: 11 }, /volume/],
    ["start", { to: 5, message: "Hi" }, /to\b/],
    ["dtmf", { callId: "call_0", digits: "hello" }, /digits/],
    ["speak", { message: "Hi" }, /callId/],
    ["end", { callId: "call_that_never_was" }, /call not found/],
    ["continue.result", { operationId: "nonsense" }, /operationId|question/],
  ];
  for (const [method, params, words] of cases) await refused(stage.rpc(`voicecall.${method}`, params), words);
  assert.deepEqual(await stage.rpc("voicecall.status", { callId: "call_that_never_was" }), { found: false });
}

async function readOnly(stage: Stage, voice: VoiceCall): Promise<void> {
  using reader = await connectToGateway(stage.home, ["operator.read"]);
  const before = (await voice.system.health()).lastSeq;
  assert.equal((await reader.call("voicecall.status"))["found"], true);
  for (const method of ["initiate", "start", "speak", "dtmf", "end", "continue"]) {
    const error = await refused(reader.call(`voicecall.${method}`, { to: callee, message: "Hi" }), /./);
    assert.equal(error.details["code"], "MISSING_SCOPE", `${method}: ${error.message}`);
  }
  assert.equal((await voice.system.health()).lastSeq, before);
}

/** One line, with a code, and nothing of a stack. */
export async function refused(reply: Promise<unknown>, words: RegExp): Promise<GatewayRefusal> {
  const error = await reply.then(
    (result) => assert.fail(`not refused: ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  assert(error instanceof GatewayRefusal, String(error));
  assert.match(error.message, words);
  assert.doesNotMatch(error.message, /\n|^Error: |TypeError|\bat \S+:\d+/);
  assert.notEqual(error.code, "");
  return error;
}
