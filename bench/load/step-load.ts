// Generator process: callers whose frames go out all at once, the next ones when all have reached the recogniser. However busy
// the machine is, the same work comes in the same pieces. Run by `media.ts`; reads a StepLoad as a line of JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicroseconds } from "../harness/measure.ts";
import { noiseFrames } from "./caller-audio.ts";
import { serveThenPlay } from "./generator.ts";
import { HttpConnection } from "./http-connection.ts";
import type { SpeechServices } from "./speech-services.ts";
import { callIn, floorCall, type StreamingCall } from "./streaming-call.ts";

export interface StepLoad {
  target: "daemon" | "floor";
  port: number;
  /** Whose CPU time is measured. */
  pid: number;
  calls: number;
  /** How often every caller sends a frame; as often again before, until all code is compiled. */
  steps: number;
}

export interface StepLoadResult {
  cpuUsPerFrame: number;
}

const quietLine = 15;
const patienceMs = 10_000;

async function play(load: StepLoad, services: SpeechServices): Promise<StepLoadResult> {
  using line = new HttpConnection(load.port);
  const target = { port: load.port, services };
  const calls: StreamingCall[] = [];
  for (let index = 0; index < load.calls; index++)
    calls.push(await (load.target === "floor" ? floorCall(target) : callIn(line, target)));
  await stepThrough(calls, load.steps);
  const before = cpuMicroseconds(load.pid);
  await stepThrough(calls, load.steps);
  return { cpuUsPerFrame: (cpuMicroseconds(load.pid) - before) / load.steps / load.calls };
}

/** @throws when a frame does not reach the recogniser. */
async function stepThrough(calls: readonly StreamingCall[], steps: number): Promise<void> {
  const frames = noiseFrames(quietLine);
  for (let step = 0; step < steps; step++) {
    const whole = Promise.withResolvers<true>();
    let missing = calls.length;
    for (const { socket, ear } of calls) {
      ear.onAudio = () => {
        if (--missing === 0) whole.resolve(true);
      };
      socket.frame(frames[step % frames.length] ?? "", performance.now());
    }
    const isWhole = await Promise.race([whole.promise, sleep(patienceMs, false, { ref: false })]);
    if (!isWhole) throw new Error(`${missing} of ${calls.length} frames did not reach the recogniser`);
  }
}

await serveThenPlay((line, services) => {
  const load: StepLoad = JSON.parse(line);
  return play(load, services);
});
