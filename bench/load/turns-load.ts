// Generator process: callers who say something again as soon as they were answered, and the responder who answers at once.
// Prints how long our own part of each answer took. Run by `talk.ts`; reads a TurnsLoad as a line of JSON.
import { setTimeout as sleep } from "node:timers/promises";
import type { TurnTimes } from "../../src/call/event.ts";
import { connect, type VoiceCall } from "../../src/client/index.ts";
import { cpuMicroseconds, quantile } from "../harness/measure.ts";
import { noiseFrames } from "./caller-audio.ts";
import { serveThenPlay } from "./generator.ts";
import { HttpConnection } from "./http-connection.ts";
import { Pacer } from "./pacer.ts";
import type { SpeechServices } from "./speech-services.ts";
import { callIn, type StreamingCall } from "./streaming-call.ts";

export interface TurnsLoad {
  port: number;
  /** Whose CPU time is measured. */
  pid: number;
  stateDir: string;
  configFile: string;
  calls: number;
  turnsOfCall: number;
  /** Between an answer and the next words, on average. */
  pauseMs: number;
}

export interface TurnsLoadResult {
  /** The caller's words sent by the recogniser, until our first frame is here. */
  heardMs: number[];
  /** The same by the daemon's own clock: the turn's end decided, until its first frame went out. */
  toldMs: number[];
  /** Of that, what passed neither at the responder nor at the voice. */
  ownMs: number[];
  /** CPU time, the frames of the line included. */
  cpuMsPerTurn: number;
  unanswered: number;
  lateP99Ms: number;
}

const answer = "It is nine o'clock in the morning.";
const patienceMs = 2000;
const quietLine = 15;
/** Of all calls together, for warming up. */
const warmUp = 60;

async function play(load: TurnsLoad, services: SpeechServices): Promise<TurnsLoadResult> {
  const place = { stateDir: load.stateDir, configFile: load.configFile };
  await using voice = await connect({ ...place, autoStart: false });
  const stop = new AbortController();
  const answering = voice.turns.answer(() => Promise.resolve(answer), { signal: stop.signal });
  while ((await voice.system.health()).followers === 0) await sleep(10);
  using line = new HttpConnection(load.port);
  const calls: StreamingCall[] = [];
  for (let index = 0; index < load.calls; index++)
    calls.push(await callIn(line, { port: load.port, services, playsAtOnce: true }));
  const frames = noiseFrames(quietLine);
  using pacer = new Pacer(load.calls, (caller, at) => calls[caller]?.socket.frame(frames[0] ?? "", at));
  pacer.start();
  await sleep(500);
  pacer.noted = true;
  const cpuBefore = cpuMicroseconds(load.pid);
  const found = await Promise.all(calls.map((call) => talk(call, load)));
  const cpuMs = (cpuMicroseconds(load.pid) - cpuBefore) / 1000;
  await sleep(100);
  const times = await timesOf(voice, load.calls);
  stop.abort();
  await answering;
  const heardMs = found.flat();
  const wanted = load.calls * load.turnsOfCall;
  return {
    heardMs,
    toldMs: times.map(({ firstFrame, endDecided }) => firstFrame - endDecided),
    ownMs: times.map(
      (time) => time.offered - time.endDecided + time.toVoice - time.firstToken + time.firstFrame - time.firstByte,
    ),
    cpuMsPerTurn: cpuMs / (load.calls * (Math.ceil(warmUp / load.calls) + load.turnsOfCall)),
    unanswered: wanted - heardMs.length,
    lateP99Ms: quantile(pacer.lateMs, 0.99),
  };
}

async function talk({ socket, ear }: StreamingCall, { calls, turnsOfCall, pauseMs }: TurnsLoad): Promise<number[]> {
  const found: number[] = [];
  const unmeasured = Math.ceil(warmUp / calls);
  for (let turn = 0; turn < unmeasured + turnsOfCall; turn++) {
    await sleep(Math.random() * 2 * pauseMs);
    const heard = Promise.withResolvers<number>();
    const played = Promise.withResolvers<void>();
    socket.onAudio = (at) => heard.resolve(at);
    socket.onPlayed = () => played.resolve();
    const saidAt = performance.now();
    ear.write("What time is it?");
    const heardAt = await Promise.race([heard.promise, sleep(patienceMs)]);
    if (heardAt === undefined) continue;
    if (turn >= unmeasured) found.push(heardAt - saidAt);
    await Promise.race([played.promise, sleep(patienceMs)]);
  }
  return found;
}

type Times = Required<TurnTimes>;

/** As the log has them, without the first ones of each call. */
async function timesOf(voice: VoiceCall, calls: number): Promise<Times[]> {
  const found: Times[] = [];
  const { lastSeq } = await voice.system.health();
  for await (const event of voice.events.follow({ since: 0 })) {
    if (event.type === "turn.timed" && isWhole(event.times)) found.push(event.times);
    if (event.seq >= lastSeq) break;
  }
  return found.slice(calls * Math.ceil(warmUp / calls));
}

function isWhole(times: TurnTimes): times is Times {
  return times.heard !== undefined;
}

await serveThenPlay((line, services) => {
  const load: TurnsLoad = JSON.parse(line);
  return play(load, services);
});
