// The tour of a spoken conversation whose daemon is killed in the middle of a sentence: the caller hears the sentence again.
import type { AnswerTurn } from "../../src/client/index.ts";
import type { EmulatedAudio } from "../../src/emulator/index.ts";
import { ended, eventually } from "../../test/support/daemon.ts";
import { converse, heardMs, voiceOf, type Conversation } from "./conversation.ts";
import { promised, showAll, tell, type Step } from "./step.ts";
import type { StreamingCarrier } from "./streaming-line.ts";

const story =
  "Once upon a time there was a telephone that rang and rang so loudly that nobody in the whole house could sleep.";
const asked = { story: "Tell me a story", farewell: "Thank you. Goodbye" };
const longestSilenceMs = 3000;

const answer: AnswerTurn = async (turn) => {
  if (turn.text === asked.story) return story;
  turn.endCall();
  return "Goodbye.";
};

const steps: Step<Conversation>[] = [
  ["Somebody calls, and asks for a story", ask],
  ["The daemon is killed in the middle of the sentence; another client starts it again", kill],
  ["The conversation goes on", goOn],
];

export async function killedTour(carrier: StreamingCarrier): Promise<number> {
  for (const text of Object.values(asked)) voiceOf(text);
  tell(`A spoken conversation with ${carrier}'s emulator, in real time, whose daemon is killed by kill -9.`);
  await using talk = await converse(carrier, { inboundGreeting: "Hello." }, answer);
  return await showAll(steps, talk);
}

async function ask({ listening, says, call }: Conversation): Promise<void> {
  await listening();
  const before = heardMs(call.audio);
  await says(asked.story);
  await eventually(() => heardMs(call.audio) - before > 1500, 30_000);
  tell(`     they heard ${ms(heardMs(call.audio) - before)} of it`);
}

async function kill({ home, call: { audio }, voice, callId }: Conversation): Promise<void> {
  await home.kill();
  const restartedAt = lineNow(audio);
  const before = soundsUpTo(audio, restartedAt);
  await using another = await home.connect();
  await another.system.health();
  tell(
    `     the daemon was gone at ${seconds(restartedAt)} of the call, and answers again ${ms(lineNow(audio) - restartedAt)} later`,
  );
  await eventually(() => audio.hear().length > before, 30_000);
  const again = audio.hear()[before]?.atMs ?? Number.POSITIVE_INFINITY;
  promised(`${ms(again - restartedAt)} after the restart they hear us again`, again - restartedAt <= longestSilenceMs);
  await eventually(async () => (await voice.calls.get(callId))?.state === "listening", 30_000);
  const retold = audio
    .hear()
    .slice(before)
    .reduce((total, { ulaw }) => total + ulaw.length / 8, 0);
  promised("they heard the whole sentence again", retold > 0.95 * (voiceOf(story).length / 8));
}

async function goOn({ says, voice, callId }: Conversation): Promise<void> {
  await says(asked.farewell);
  const end = await ended(voice, callId, 30_000);
  promised("we said goodbye, and hung up", end.type === "call.ended" && end.reason === "hangup-bot");
  const lines = (await voice.calls.get(callId))?.transcript ?? [];
  for (const { speaker, text } of lines) tell(`     ${speaker === "bot" ? "we  " : "they"}  ${text}`);
  const words = lines.map(({ text }) => text).join(" ");
  promised("each sentence counts once", words === `Hello. ${asked.story} ${story} ${asked.farewell} Goodbye.`);
}

/** Milliseconds on the time line of the call's audio. */
function lineNow(audio: EmulatedAudio): number {
  return performance.now() - audio.startedAt;
}

function soundsUpTo(audio: EmulatedAudio, atMs: number): number {
  return audio.hear().filter((sound) => sound.atMs <= atMs).length;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function seconds(value: number): string {
  return `${(value / 1000).toFixed(1)} s`;
}
