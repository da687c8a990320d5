// Generator process: callers who are on the line while we speak to them. Prints what a call costs and how late audio is.
// Run by `media.ts`; reads a MediaLoad as a line of JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicroseconds, quantile, residentMiB } from "../harness/measure.ts";
import { noiseFrames } from "./caller-audio.ts";
import { serveThenPlay } from "./generator.ts";
import { HttpConnection } from "./http-connection.ts";
import { Pacer } from "./pacer.ts";
import type { SpeechServices } from "./speech-services.ts";
import { callIn, floorCall, type StreamingCall } from "./streaming-call.ts";

export interface MediaLoad {
  target: "daemon" | "floor";
  port: number;
  /** Whose CPU time and memory are measured. */
  pid: number;
  calls: number;
  /** Amplitude of the noise on the callers' side. */
  noise: number;
  warmMs: number;
  measureMs: number;
}

export interface MediaLoadResult {
  calls: number;
  cpuMsPerCallSecond: number;
  /** A caller's frame from the socket to the recogniser. */
  inP99Ms: number;
  /** Our audio against the moment at which the carrier needs it. */
  outP99Ms: number;
  outMaxMs: number;
  /** Of the generator itself. */
  lateP99Ms: number;
  mibPerCall: number;
  /** Calls that heard us till the end, and whose audio all reached the recogniser within a second. */
  whole: number;
}

/** One call as it is watched. */
class Watched {
  readonly call: StreamingCall;
  readonly sentAt: number[] = [];
  readonly inMs: number[] = [];
  /** Arrival of each message of ours, less the audio before it. */
  readonly offsets: number[] = [];
  firstOffset: number | undefined;
  playedUntil = 0;
  noted = false;
  #received = 0;
  #audioMs = 0;

  constructor(call: StreamingCall) {
    this.call = call;
    call.ear.onAudio = () => {
      const sentAt = this.sentAt[this.#received++] ?? Number.NaN;
      if (this.noted) this.inMs.push(performance.now() - sentAt);
    };
    call.socket.onAudio = (at, ms) => {
      this.firstOffset ??= at;
      if (this.noted) this.offsets.push(at - this.#audioMs);
      this.#audioMs += ms;
      this.playedUntil = this.firstOffset + this.#audioMs;
    };
  }

  get unheardFrames(): number {
    return this.sentAt.length - this.#received;
  }
}

const tolerableFrames = 50;

async function play(load: MediaLoad, services: SpeechServices): Promise<MediaLoadResult> {
  using line = new HttpConnection(load.port);
  const before = residentMiB(load.pid);
  const watched: Watched[] = [];
  for (let index = 0; index < load.calls; index++) {
    const target = { port: load.port, services };
    watched.push(new Watched(await (load.target === "floor" ? floorCall(target) : callIn(line, target))));
  }
  const frames = noiseFrames(load.noise);
  using pacer = new Pacer(load.calls, (caller, at) => {
    const one = watched[caller];
    one?.call.socket.frame(frames[one.sentAt.length % frames.length] ?? "", at);
    one?.sentAt.push(at);
  });
  pacer.start();
  await sleep(load.warmMs);
  const note = (noted: boolean): void => [pacer, ...watched].forEach((one) => (one.noted = noted));
  note(true);
  const [cpuBefore, began] = [cpuMicroseconds(load.pid), performance.now()];
  await sleep(load.measureMs);
  const [cpu, ended] = [cpuMicroseconds(load.pid) - cpuBefore, performance.now()];
  const mib = residentMiB(load.pid);
  note(false);
  const isWhole = (one: Watched): boolean => one.playedUntil >= ended && one.unheardFrames < tolerableFrames;
  const inMs = watched.flatMap((one) => one.inMs);
  const outMs = watched.flatMap((one) => latenesses(one, load.target));
  return {
    calls: load.calls,
    cpuMsPerCallSecond: cpu / (ended - began) / load.calls,
    inP99Ms: quantile(inMs, 0.99),
    outP99Ms: quantile(outMs, 0.99),
    outMaxMs: quantile(outMs, 1),
    lateP99Ms: quantile(pacer.lateMs, 0.99),
    mibPerCall: (mib - before) / load.calls,
    whole: watched.filter((one) => load.target === "floor" || isWhole(one)).length,
  };
}

/** A floor sends each frame when it is due, so its schedule is told by its earliest; who sends ahead began to play with the first. */
function latenesses({ offsets, firstOffset = 0 }: Watched, target: MediaLoad["target"]): number[] {
  const due = target === "floor" ? offsets.reduce((least, offset) => Math.min(least, offset), Infinity) : firstOffset;
  return offsets.map((offset) => Math.max(0, offset - due));
}

await serveThenPlay((line, services) => {
  const load: MediaLoad = JSON.parse(line);
  return play(load, services);
});
