// Somebody calls, and the agent answers: streamed, interrupted, remembered, hung up on, late, refused.
import { strict as assert } from "node:assert";
import type { VoiceCall } from "../../../src/client/index.ts";
import { eventOf, eventually } from "../../support/daemon.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { ModelRequest } from "../harness/fake-model.ts";
import {
  caller,
  callOf,
  endOf,
  gate,
  givenUp,
  listening,
  otherCaller,
  saidOn,
  says,
  turnOf,
  type Stage,
} from "../harness/stage.ts";

export async function callers({ does }: Chapter, stage: Stage): Promise<void> {
  const voice = await stage.voice();
  await does("the first sentence is spoken while the model still writes the second", () => streamed(stage, voice));
  await does("a caller who interrupts aborts the agent's work, and is answered", () => interrupted(stage, voice));
  await does("a caller who hangs up aborts the agent's work", () => hungUp(stage, voice));
  await does("the same caller is remembered, turn by turn and call by call; another one is not mixed in", () =>
    remembered(stage, voice),
  );
  await does("the agent says goodbye and hangs up", () => goodbye(stage, voice));
  await does("a caller is answered by what may read only: no tool that acts is offered to the model", () =>
    readOnlyTools(stage, voice),
  );
}

async function streamed({ model }: Stage, voice: VoiceCall): Promise<void> {
  const more = gate();
  model.on("WHAT TIME", async function* () {
    yield { say: "It is nine " };
    yield { say: "o'clock. Shall" };
    await more.opened;
    yield { say: " I wake you tomorrow?" };
  });
  const { callId } = await voice.mock.inbound({ from: caller, say: "WHAT TIME is it" });
  // The model waits for this gate, so what is heard now was ordered before it wrote on.
  await says(voice, callId, "It is nine o'clock.");
  assert.deepEqual(await saidOn(voice, callId), ["It is nine o'clock."]);
  more.open();
  assert.equal((await turnOf(voice, callId)).outcome, "answered");
  await listening(voice, callId);
  assert.deepEqual(await saidOn(voice, callId), ["It is nine o'clock.", "Shall I wake you tomorrow?"]);
  await voice.calls.hangUp(callId);
}

async function interrupted({ model }: Stage, voice: VoiceCall): Promise<void> {
  const aborted = gate();
  model.on("TELL A LONG STORY", async function* ({ signal }: ModelRequest) {
    yield { say: "Once upon a time. And" };
    await givenUp(signal);
    aborted.open();
  });
  model.on("STOP IT", async function* () {
    yield { say: "As you wish." };
  });
  const { callId } = await voice.mock.inbound({ from: caller, say: "TELL A LONG STORY" });
  await says(voice, callId, "Once upon a time.");
  await voice.mock.say(callId, "STOP IT");
  await aborted.opened;
  await says(voice, callId, "As you wish.");
  // Of the sentence that was cut, what was heard, if anything.
  const said = await saidOn(voice, callId);
  assert.equal(said.at(-1), "As you wish.");
  for (const cut of said.slice(0, -1)) assert("Once upon a time.".startsWith(cut), cut);
  assert(said.length <= 2, said.join(" "));
  assert.deepEqual(
    [(await turnOf(voice, callId, 1)).outcome, (await turnOf(voice, callId, 2)).outcome],
    ["superseded", "answered"],
  );
  await voice.calls.hangUp(callId);
}

async function hungUp({ model }: Stage, voice: VoiceCall): Promise<void> {
  const aborted = gate();
  model.on("I AM LEAVING", async function* ({ signal }: ModelRequest) {
    yield { say: "Wait a moment. I" };
    await givenUp(signal);
    aborted.open();
  });
  const { callId } = await voice.mock.inbound({ from: caller, say: "I AM LEAVING" });
  await says(voice, callId, "Wait a moment.");
  await voice.mock.hangUp(callId);
  await aborted.opened;
  assert.equal((await endOf(voice, callId)).reason, "hangup-user");
}

async function remembered({ model }: Stage, voice: VoiceCall): Promise<void> {
  model.on("REMEMBER ME", async function* ({ userTexts }: ModelRequest) {
    const before = userTexts
      .filter((text) => text.includes("The word is"))
      .map((text) => /word is (\w+)/.exec(text)?.[1]);
    yield { say: `I know: ${before.length === 0 ? "nothing" : before.join(" and ")}.` };
  });
  const converse = async (from: string, turns: [words: string, reply: string][]): Promise<void> => {
    const { callId } = await voice.mock.inbound({ from });
    for (const [words, reply] of turns) {
      await listening(voice, callId);
      await voice.mock.say(callId, words);
      await says(voice, callId, reply);
    }
    await voice.calls.hangUp(callId);
  };
  await converse(caller, [
    ["REMEMBER ME. The word is apple.", "I know: apple."],
    ["REMEMBER ME. The word is pear.", "I know: apple and pear."],
  ]);
  await converse(otherCaller, [["REMEMBER ME. Hello.", "I know: nothing."]]);
  await converse(caller, [["REMEMBER ME. Hello again.", "I know: apple and pear."]]);
}

async function goodbye({ model }: Stage, voice: VoiceCall): Promise<void> {
  model.on("GOODBYE THEN", async function* () {
    yield { say: "Goodbye, and good luck. [[end_call]]" };
  });
  const { callId } = await voice.mock.inbound({ from: caller, say: "GOODBYE THEN" });
  assert.equal((await endOf(voice, callId)).reason, "hangup-bot");
  assert.deepEqual(await saidOn(voice, callId), ["Goodbye, and good luck."]);
  await eventOf(voice, callId, ({ type }) => type === "utterance.played");
}

async function readOnlyTools({ model }: Stage, voice: VoiceCall): Promise<void> {
  const { callId } = await voice.mock.inbound({ from: otherCaller, say: "WHAT CAN YOU DO" });
  assert.equal((await turnOf(voice, callId)).outcome, "answered");
  const request = model.requests.find(({ prompt }) => prompt.includes("WHAT CAN YOU DO"));
  assert(request !== undefined);
  const acting = ["exec", "write", "edit", "apply_patch", "process", "voice_call", "openclaw"];
  assert.deepEqual(
    request.tools.filter((tool) => acting.includes(tool)),
    [],
  );
  assert.match(request.systemPrompt, /phone|call/i);
  await eventually(async () => (await callOf(voice, callId)).state === "listening");
  await voice.calls.hangUp(callId);
}
