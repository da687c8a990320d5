// Generator process: callers who begin to speak while we do, for less than a sentence. Prints how soon we fell silent.
// Run by `talk.ts`; reads an OnsetLoad as a line of JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "../harness/measure.ts";
import { noiseFrames, spokenFrames } from "./caller-audio.ts";
import { serveThenPlay } from "./generator.ts";
import { HttpConnection } from "./http-connection.ts";
import { frameMs, Pacer } from "./pacer.ts";
import type { SpeechServices } from "./speech-services.ts";
import { callIn, type StreamingCall } from "./streaming-call.ts";

export interface OnsetLoad {
  port: number;
  calls: number;
  onsetsOfCall: number;
}

export interface OnsetLoadResult {
  /** The first loud frame sent, until the clear is here. */
  sinceOnsetMs: number[];
  /** The frame that decided it sent, until the clear is here: our own part, and loopback. */
  sinceFrameMs: number[];
  /** Onsets after which we spoke on. */
  missed: number;
  lateP99Ms: number;
}

const quietLine = 15;
const voicedFrames = 35;
const quietFrames = 65;
const period = voicedFrames + quietFrames;

/** A caller's line: quiet, then voice, and again. */
class Interrupter {
  readonly sinceOnsetMs: number[] = [];
  readonly sinceFrameMs: number[] = [];
  onsets = 0;
  readonly #call: StreamingCall;
  readonly #voice: readonly string[];
  readonly #quiet: readonly string[];
  readonly #offset: number;
  #frame = 0;
  #onsetAt: number | undefined;
  #sentAt = 0;

  constructor(call: StreamingCall, { voice, quiet, offset }: { voice: string[]; quiet: string[]; offset: number }) {
    this.#call = call;
    this.#voice = voice;
    this.#quiet = quiet;
    this.#offset = offset;
    call.socket.onClear = (at) => this.#cleared(at);
  }

  send(at: number): void {
    const place = this.#frame++ - this.#offset;
    const inPeriod = place < 0 ? 0 : place % period;
    const spoken = inPeriod - quietFrames;
    if (spoken === 0) {
      this.#onsetAt = at;
      this.onsets++;
    }
    // It was no word: we may go on.
    if (inPeriod === 0 && place > 0) this.#call.ear.write("");
    this.#sentAt = at;
    const frame = spoken >= 0 ? this.#voice[spoken] : this.#quiet[this.#frame % this.#quiet.length];
    this.#call.socket.frame(frame ?? "", at);
  }

  #cleared(at: number): void {
    if (this.#onsetAt === undefined) return;
    this.sinceOnsetMs.push(at - this.#onsetAt);
    this.sinceFrameMs.push(at - this.#sentAt);
    this.#onsetAt = undefined;
  }
}

async function play({ port, calls, onsetsOfCall }: OnsetLoad, services: SpeechServices): Promise<OnsetLoadResult> {
  const voice = await spokenFrames("No no, I do not want to hear about that");
  const quiet = noiseFrames(quietLine);
  using line = new HttpConnection(port);
  const callers: Interrupter[] = [];
  for (let index = 0; index < calls; index++) {
    const offset = Math.round((index / calls) * period);
    callers.push(new Interrupter(await callIn(line, { port, services }), { voice, quiet, offset }));
  }
  using pacer = new Pacer(calls, (caller, at) => callers[caller]?.send(at));
  pacer.start();
  pacer.noted = true;
  await sleep((onsetsOfCall + 1) * period * frameMs);
  const sinceOnsetMs = callers.flatMap((caller) => caller.sinceOnsetMs);
  const sinceFrameMs = callers.flatMap((caller) => caller.sinceFrameMs);
  const onsets = callers.reduce((sum, caller) => sum + caller.onsets, 0);
  // The last voice of a caller may just have begun.
  const missed = Math.max(0, onsets - calls - sinceOnsetMs.length);
  return { sinceOnsetMs, sinceFrameMs, missed, lateP99Ms: quantile(pacer.lateMs, 0.99) };
}

await serveThenPlay((line, services) => {
  const load: OnsetLoad = JSON.parse(line);
  return play(load, services);
});
