// Generator process: many short calls, some at a time, each greeted, heard, answered and hung up. Prints how many went well.
// Run by `soak.ts`; reads SoakLoads, a line of JSON each.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../src/client/index.ts";
import { noiseFrames } from "./caller-audio.ts";
import { serveThenPlay } from "./generator.ts";
import { HttpConnection } from "./http-connection.ts";
import { frameMs } from "./pacer.ts";
import type { SpeechServices } from "./speech-services.ts";
import { callIn, type StreamingCall } from "./streaming-call.ts";

export interface SoakLoad {
  port: number;
  stateDir: string;
  configFile: string;
  calls: number;
  atOnce: number;
}

export interface SoakLoadResult {
  answered: number;
  failed: number;
}

const patienceMs = 3000;
const framesOfCall = 15;
const frames = noiseFrames(15);

async function play(load: SoakLoad, services: SpeechServices): Promise<SoakLoadResult> {
  await using voice = await connect({ stateDir: load.stateDir, configFile: load.configFile, autoStart: false });
  const stop = new AbortController();
  const answering = voice.turns.answer(() => Promise.resolve("It is nine o'clock."), { signal: stop.signal });
  while ((await voice.system.health()).followers === 0) await sleep(10);
  const result: SoakLoadResult = { answered: 0, failed: 0 };
  let left = load.calls;
  let calling: Promise<unknown> = Promise.resolve();

  /** One after the other, so that each gets its own recogniser. */
  function next(line: HttpConnection): Promise<StreamingCall> {
    const call = calling.then(() => callIn(line, { port: load.port, services, playsAtOnce: true }));
    calling = call.catch(() => undefined);
    return call;
  }

  async function lane(): Promise<void> {
    using line = new HttpConnection(load.port);
    while (left-- > 0) {
      const call = await next(line);
      if (await talk(call)) result.answered++;
      else result.failed++;
      await call.end(line);
    }
  }
  await Promise.all(Array.from({ length: load.atOnce }, lane));
  stop.abort();
  await answering;
  while ((await voice.calls.list()).length > 0) await sleep(20);
  return result;
}

/** Greeted, then answered once. */
async function talk({ socket, ear }: StreamingCall): Promise<boolean> {
  const greeted = Promise.withResolvers<true>();
  socket.onPlayed = () => greeted.resolve(true);
  // The greeting may have been there before we looked.
  if (socket.played > 0) greeted.resolve(true);
  for (let sent = 0; sent < framesOfCall; sent++) {
    socket.frame(frames[sent % frames.length] ?? "", performance.now());
    await sleep(frameMs);
  }
  if ((await Promise.race([greeted.promise, sleep(patienceMs)])) === undefined) return false;
  const answered = Promise.withResolvers<true>();
  socket.onPlayed = () => answered.resolve(true);
  ear.write("What time is it?");
  return (await Promise.race([answered.promise, sleep(patienceMs)])) ?? false;
}

await serveThenPlay((line, services) => {
  const load: SoakLoad = JSON.parse(line);
  return play(load, services);
});
