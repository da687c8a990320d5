// The tour of calls that the carrier itself speaks and listens on.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import type { VoiceCall } from "../../src/client/index.ts";
import { createHome, ended, eventOf, eventually, freePort, type TestHome } from "../../test/support/daemon.ts";
import { openLine, type TourLine } from "./line.ts";
import { promised, showAll, tell, type Step } from "./step.ts";

const root = join(import.meta.dirname, "../..");
const friend = "+15005550001";
const stranger = "+15005550009";

interface Stage {
  line: TourLine;
  home: TestHome;
  voice: VoiceCall;
  /** Changes the configuration that the tour began with. */
  configure(changes: Record<string, unknown>): Promise<void>;
}

const steps: Step<Stage>[] = [
  ["We call somebody and say something", notify],
  ["We call somebody and talk, three turns by `voicecall continue`", converse],
  ["Somebody calls us, and examples/answer.ts answers three turns", answerCaller],
  ["Somebody who is not on the list calls us", refuse],
  ["An unknown caller pairs with us", pair],
  ["The callee hangs up on us", hungUpOn],
  ["The daemon is killed in the middle of a conversation, which goes on", survive],
];

/** Tells what was said on a call, and that the line really carried our words, each of them once. */
async function transcript(callId: string, { voice, line }: Stage): Promise<void> {
  const call = await voice.calls.get(callId);
  for (const { speaker, text } of call?.transcript ?? []) tell(`     ${speaker === "bot" ? "we  " : "they"}  ${text}`);
  const ourWords = call?.transcript.filter(({ speaker }) => speaker === "bot").map(({ text }) => text);
  promised("they heard our words, each of them once", JSON.stringify(await line.heard()) === JSON.stringify(ourWords));
}

async function notify(stage: Stage): Promise<void> {
  const { callId } = await stage.voice.calls.place({ to: friend, message: "Dinner is at seven.", mode: "notify" });
  const end = await ended(stage.voice, callId, 30_000);
  await transcript(callId, stage);
  promised("the call is over: completed", end.type === "call.ended" && end.reason === "completed");
}

/** Asks by the command line, and has the callee answer. */
async function ask(
  { line, home }: Stage,
  on: { callId: string; question: string; answer: string },
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const order = ["continue", "--call-id", on.callId, "--message", on.question, "--json"];
  const asking = promisify(execFile)(process.execPath, [join(root, "dist/cli.js"), ...order], { env: home.env });
  asking.catch(() => undefined);
  await line.hears(on.question);
  await meanwhile?.();
  await line.say(on.answer);
  const { stdout } = await asking;
  promised(`\`continue\` printed the answer: ${on.answer}`, stdout.includes(JSON.stringify(on.answer)));
}

async function begin({ voice, line }: Stage, message: string): Promise<string> {
  const { callId } = await voice.calls.place({ to: friend, message, mode: "conversation" });
  await line.hears(message);
  return callId;
}

async function converse(stage: Stage): Promise<void> {
  const callId = await begin(stage, "Hello, this is a short survey.");
  await ask(stage, { callId, question: "What is your favourite colour?", answer: "Blue" });
  await ask(stage, { callId, question: "And your favourite number?", answer: "Forty two" });
  await ask(stage, { callId, question: "May we call again?", answer: "Please do" });
  await stage.voice.calls.hangUp(callId);
  await ended(stage.voice, callId, 30_000);
  await transcript(callId, stage);
}

async function answerCaller(stage: Stage): Promise<void> {
  const { line, voice, home, configure } = stage;
  await configure({ inboundPolicy: "allowlist", allowFrom: [friend] });
  const responder = spawn(process.execPath, [join(root, "examples/answer.ts")], { env: home.env, stdio: "ignore" });
  try {
    await eventually(async () => (await voice.system.health()).followers > 0, 30_000);
    await line.callIn(friend);
    await line.hears("Welcome.");
    await line.say("What time is it?");
    await line.hears("What else can I do for you?", 1);
    await line.say("And how is the weather?");
    await line.hears("What else can I do for you?", 2);
    const callId = await liveCall(voice);
    await line.say("Goodbye");
    const end = await ended(voice, callId, 30_000);
    await transcript(callId, stage);
    promised(
      "the responder ended the call after its farewell",
      end.type === "call.ended" && end.reason === "hangup-bot",
    );
  } finally {
    responder.kill("SIGTERM");
    if (responder.exitCode === null && responder.signalCode === null) await once(responder, "exit");
  }
}

async function liveCall(voice: VoiceCall): Promise<string> {
  await eventually(async () => (await voice.calls.list()).length > 0, 30_000);
  const [call] = await voice.calls.list();
  return call?.callId ?? "";
}

/** Calls in as somebody, and gives the id of the call that this becomes. */
async function callIn({ voice, line }: Stage, from: string): Promise<string> {
  const { lastSeq } = await voice.system.health();
  await line.callIn(from);
  for await (const event of voice.events.follow({ after: lastSeq, signal: AbortSignal.timeout(30_000) })) {
    if (event.type === "call.received") return event.callId;
  }
  throw new Error("the call did not arrive");
}

async function refuse(stage: Stage): Promise<void> {
  const callId = await callIn(stage, stranger);
  const end = await ended(stage.voice, callId, 30_000);
  const why = end.type === "call.ended" ? end.message : undefined;
  promised(`it is on the record as ${why}`, why === "rejected: not-on-allowlist");
  promised("the phone was never picked up", !(await stage.line.wasAnswered()));
}

async function pair(stage: Stage): Promise<void> {
  const { voice, configure } = stage;
  await configure({ inboundPolicy: "pairing", phrases: { pairing: "Your code is {code}. Goodbye." } });
  const first = await callIn(stage, stranger);
  await ended(voice, first, 30_000);
  await transcript(first, stage);
  const [pending] = await voice.pairing.list();
  if (pending?.state !== "pending") throw new Error("nobody waits to be paired");
  await voice.pairing.settle(pending.code);
  tell("     the owner confirms the code");
  const second = await callIn(stage, stranger);
  await stage.line.hears("Welcome.");
  promised("now the caller gets in", (await voice.calls.get(second))?.endedAt === undefined);
  await voice.calls.hangUp(second);
  await ended(voice, second, 30_000);
}

async function hungUpOn(stage: Stage): Promise<void> {
  await stage.line.expect({ hangUpAfterMs: 1500 });
  const message = "This is a long message, which is more than somebody in a hurry has the patience to listen to.";
  const { callId } = await stage.voice.calls.place({ to: friend, message, mode: "notify" });
  const end = await ended(stage.voice, callId, 30_000);
  tell(`     we    ${(await stage.line.heard()).join(" ").trimEnd()}…`);
  promised("the call is over: hangup-user", end.type === "call.ended" && end.reason === "hangup-user");
  await stage.line.expect({});
}

async function survive(stage: Stage): Promise<void> {
  const { home, line, voice } = stage;
  const before = await line.calls();
  const callId = await begin(stage, "Hello again.");
  await ask(stage, { callId, question: "Are you still there?", answer: "I am" }, async () => {
    await home.kill();
    tell("     kill -9 of the daemon, while it waits for the answer");
    await home.connect();
  });
  await ask(stage, { callId, question: "Did you notice anything?", answer: "Nothing at all" });
  await voice.calls.hangUp(callId);
  await eventOf(voice, callId, ({ type }) => type === "call.ended", 30_000);
  await transcript(callId, stage);
  promised("one call was dialled, not two", (await line.calls()) === before + 1);
}

/** @returns how many steps did not happen. */
export async function carrierTour(carrier: string): Promise<number> {
  await using line = await openLine(carrier, await freePort());
  const config = {
    ...line.config,
    outbound: { notifyHangupDelaySec: 0 },
    inboundGreeting: "Welcome.",
    silenceTimeoutMs: 500,
  };
  await using home = await createHome(config);
  const voice = await home.connect();
  const configure = async (changes: Record<string, unknown>): Promise<void> => {
    await home.configure({ ...config, ...changes });
    await voice.system.reload();
  };
  tell(
    `A tour of ${carrier}: its emulator is a process of its own, on a phone line twenty times as fast as a real one.`,
  );
  return await showAll(steps, { line, home, voice, configure });
}
