// The tour of a spoken conversation over media streams: four turns, a cough that changes nothing, and an interruption that does.
import { copyFile, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredEvent, TurnTimes } from "../../src/call/event.ts";
import type { AnswerTurn } from "../../src/client/index.ts";
import { ended, eventually, logOf } from "../../test/support/daemon.ts";
import { converse, heardMs, voiceOf, type Conversation } from "./conversation.ts";
import { drawn, laterMs, measureStereo, soundMs, strayMs, stretches, type Stereo } from "./measure.ts";
import { promised, showAll, tell, type Step } from "./step.ts";
import type { StreamingCarrier } from "./streaming-line.ts";

const greeting = "Hello, this is the assistant. What can I do for you?";
const story =
  "Once upon a time there was a telephone that rang and rang, and nobody in the whole house wanted to answer it.";
const longStory =
  "Far away, behind the mountains, there lived a very old telephone, which had never rung in all its life, and which dreamt of nothing else.";
const asked = {
  time: "What time is it?",
  story: "Tell me a story",
  cough: "ahem hem",
  another: "And another one, please",
  farewell: "Wait, that is enough for today. Goodbye",
};
/** A caller who hears nothing for longer thinks that the line is dead. */
const longestWaitMs = 3000;
/** From the caller's first sound to our last one, when they interrupt us. */
const longestOverlapMs = 900;

const answer: AnswerTurn = async (turn) => {
  switch (turn.text) {
    case asked.time:
      await turn.say("It is nine o'clock. ");
      return "The sun is shining.";
    case asked.story:
      return story;
    case asked.another:
      await turn.say(`${longStory} `);
      return "And one day it rang.";
    default:
      turn.endCall();
      return "Goodbye, and thank you for calling.";
  }
};

const steps: Step<Conversation>[] = [
  ["Somebody calls, and is greeted", greet],
  ["They ask for the time: two sentences, each spoken while the next one is being thought of", askTime],
  ["They ask for a story, and cough while it is told", cough],
  ["They ask for another story, and interrupt it with a farewell", interrupt],
  ["What was said, and how long each turn took", account],
  ["The recording, measured against what the carrier carried", listen],
];

/** `keyless`: our voice is not chosen, it is the one that is left when there is a key for none. */
export async function spokenTour(carrier: StreamingCarrier, { keyless }: { keyless: boolean }): Promise<number> {
  // What the daemon inherits counts as configured.
  if (keyless) for (const name of Object.keys(process.env)) if (name.endsWith("_API_KEY")) delete process.env[name];
  for (const text of Object.values(asked)) voiceOf(text);
  tell(`A spoken conversation with ${carrier}'s emulator, in real time: both sides have the embedded voice,`);
  tell("and a recogniser is emulated that hears by loudness. No key and no network is used.");
  await using talk = await converse(
    carrier,
    { inboundGreeting: greeting, recording: { enabled: true }, ...(keyless && { tts: {} }) },
    answer,
  );
  return await showAll(steps, talk);
}

async function greet({ listening, call }: Conversation): Promise<void> {
  await listening();
  promised(`they heard ${seconds(heardMs(call.audio))} of us`, heardMs(call.audio) > 2000);
}

async function askTime({ says, listening, call }: Conversation): Promise<void> {
  const before = heardMs(call.audio);
  await says(asked.time);
  await eventually(() => heardMs(call.audio) > before, 30_000);
  await listening();
  promised(`they heard ${seconds(heardMs(call.audio) - before)} of an answer`, heardMs(call.audio) - before > 1500);
}

async function cough({ says, listening, call, voice, callId }: Conversation): Promise<void> {
  const before = heardMs(call.audio);
  await says(asked.story);
  await eventually(() => heardMs(call.audio) - before > 1500, 30_000);
  await says(asked.cough, "");
  await listening();
  const lines = (await voice.calls.get(callId))?.transcript.map(({ text }) => text);
  promised("we paused for the cough, and went on", call.audio.streams[0]?.received.clear === 1);
  promised("the story was told to its end", lines?.slice(-2).join(" ") === story);
}

async function interrupt({ says, call, until, voice, callId }: Conversation): Promise<void> {
  const before = heardMs(call.audio);
  await says(asked.another);
  await eventually(() => heardMs(call.audio) - before > 2500, 30_000);
  await says(asked.farewell);
  const cut = await until(({ type }) => type === "utterance.cut");
  const clearMs = cut.type === "utterance.cut" ? cut.clearMs : undefined;
  promised(
    `our voice was stopped ${clearMs} ms after they began`,
    clearMs !== undefined && clearMs <= longestOverlapMs,
  );
  const end = await ended(voice, callId, 30_000);
  promised("we said goodbye, and hung up", end.type === "call.ended" && end.reason === "hangup-bot");
}

async function account({ voice, callId, call, openai }: Conversation): Promise<void> {
  const log = await logOf(voice, callId);
  const cuts = log.filter((event): event is StoredEvent<"utterance.cut"> => event.type === "utterance.cut");
  const lines = (await voice.calls.get(callId))?.transcript ?? [];
  for (const { speaker, text } of lines) {
    const isCut = speaker === "bot" && cuts.some(({ heard }) => heard === text);
    tell(`     ${speaker === "bot" ? "we  " : "they"}  ${text}${isCut ? " ✂" : ""}`);
  }
  const cutLine = lines.find(({ text }) => text !== "" && longStory.startsWith(text))?.text ?? "";
  promised(
    "of the story that they interrupted only what they heard counts",
    cutLine.length > 10 && cutLine !== longStory,
  );
  const theirs = lines.filter(({ speaker }) => speaker === "user").map(({ text }) => text);
  promised(
    "they had four turns",
    theirs.join("|") === [asked.time, asked.story, asked.another, asked.farewell].join("|"),
  );
  const turns = log.filter((event): event is StoredEvent<"turn.timed"> => event.type === "turn.timed");
  tell(`     ms after their last sound:${stages.map((stage) => stage.padStart(12)).join("")}`);
  for (const [index, { times }] of turns.entries()) {
    const row = stages.map((stage) => (times[stage] === undefined ? "" : times[stage].toFixed(0)).padStart(12));
    tell(`     turn ${index + 1}${" ".repeat(20)}${row.join("")}`);
  }
  promised("each turn has its times", turns.length === 4 && turns.every(({ times }) => times.heard !== undefined));
  const complaints = [...call.warnings, ...openai.hearing.complaints];
  promised(
    `neither the carrier nor the recogniser complained ${complaints.join("; ")}`.trimEnd(),
    complaints.length === 0,
  );
}

const stages = [
  "endDecided",
  "transcript",
  "firstToken",
  "firstByte",
  "firstFrame",
  "heard",
] as const satisfies (keyof TurnTimes)[];

async function listen({ until, call }: Conversation): Promise<void> {
  const recorded = await until(({ type }) => type === "call.recorded");
  const file = recorded.type === "call.recorded" ? recorded.file : "";
  const kept = join(await mkdtemp(join(tmpdir(), "voicecall-tour-")), "conversation.wav");
  await copyFile(file, kept);
  const ours = measureStereo(await readFile(kept));
  const carriers = measureStereo(call.audio.recording());
  const [left, right] = drawn(ours);
  tell(`     ${kept}: left they, right we, half a second each`);
  tell(`     they  ${left}`);
  tell(`     we    ${right}`);
  const later = laterMs(ours.left, carriers.left);
  for (const [side, name] of [
    ["left", "their"],
    ["right", "our"],
  ] as const) {
    const [own, other] = [ours[side], carriers[side]];
    const what = `${side}: ${seconds(soundMs(own))} of ${name} sound; the carrier carried ${seconds(soundMs(other))}`;
    promised(what, Math.abs(soundMs(own) - soundMs(other)) < 0.05 * soundMs(other));
    promised(`${side}: silence where the carrier had silence`, strayMs(own, other, later) === 0);
    promised(`${side}: sound where the carrier had sound`, strayMs(other, own, -later) === 0);
  }
  judge(ours);
}

/** By the recording alone: who spoke when, and what silence there was. */
function judge({ left, right }: Stereo): void {
  const theirs = stretches(left);
  promised("left: they made a sound five times, four turns and the cough", theirs.length === 5);
  const interruption = theirs.at(-1)?.fromMs ?? 0;
  const ourWords = stretches(right);
  const overlapMs = Math.max(
    0,
    ...ourWords
      .filter(({ fromMs, toMs }) => fromMs < interruption && toMs > interruption)
      .map(({ toMs }) => toMs - interruption),
  );
  promised(`right: ${overlapMs} ms of us while they interrupt us`, overlapMs > 0 && overlapMs <= longestOverlapMs);
  const waits = theirs.map(
    ({ toMs }) =>
      (ourWords.find(({ fromMs, toMs: end }) => end > toMs && fromMs > toMs - 200)?.fromMs ??
        Number.POSITIVE_INFINITY) - toMs,
  );
  promised(
    `they waited ${waits.map((ms) => seconds(Math.max(0, ms))).join(", ")} for us`,
    Math.max(...waits) <= longestWaitMs,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
