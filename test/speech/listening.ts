// Speech and silence as frames, and a listener that keeps what a recogniser says.
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, systemClock } from "../../src/daemon/deps.ts";
import type { HeardEvent, Transcriber, Transcription, UlawFrame } from "../../src/daemon/speech/transcriber.ts";
import type { EarDeps } from "../../src/daemon/speech/transcribers/ear.ts";
import type { ManualClock } from "../support/manual-clock.ts";

function frameOf(bytes: Uint8Array): UlawFrame {
  return { bytes, base64: Buffer.from(bytes).toString("base64") };
}

const loud = Uint8Array.from({ length: 160 }, (_, at) => (at % 16 < 8 ? 0x1c : 0x9c));

/** Frames that count as speech. `voice` makes them tell apart. */
export function speech(ms: number, voice = 0): UlawFrame[] {
  const frame = frameOf(loud.map((code) => code + voice));
  return Array.from({ length: ms / 20 }, () => frame);
}

export function silence(ms: number): UlawFrame[] {
  const frame = frameOf(new Uint8Array(160).fill(0xff));
  return Array.from({ length: ms / 20 }, () => frame);
}

export interface LogLine {
  level: "info" | "warn" | "error";
  fields: Record<string, unknown>;
  message: string;
}

export interface TestDeps extends EarDeps {
  lines: LogLine[];
}

export function testDeps(clock: Clock = systemClock): TestDeps {
  const lines: LogLine[] = [];
  const write = (level: LogLine["level"]) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, fields, message });
  return { clock, lines, log: { info: write("info"), warn: write("warn"), error: write("error") } };
}

export interface Listener extends AsyncDisposable {
  readonly events: HeardEvent[];
  readonly ear: Transcription;
  push(...frames: UlawFrame[]): void;
  /** Texts of the finals. */
  readonly finals: string[];
  until(condition: () => boolean, timeoutMs?: number): Promise<void>;
  /** The next event of this type that was not waited for yet. */
  next<Type extends HeardEvent["type"]>(type: Type, timeoutMs?: number): Promise<Extract<HeardEvent, { type: Type }>>;
}

/** Opens an ear and keeps what it says. */
export function listen(transcriber: Transcriber, language = "en-US"): Listener {
  const events: HeardEvent[] = [];
  const watchers = new Set<() => void>();
  const ear = transcriber.open({
    language,
    heard(event) {
      events.push(event);
      for (const watcher of watchers) watcher();
    },
  });
  let seen = 0;
  const until = (condition: () => boolean, timeoutMs = 5000): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => {
        if (condition()) finish(resolve);
      };
      const finish = (settle: () => void): void => {
        watchers.delete(watcher);
        clearTimeout(timer);
        settle();
      };
      const tooLong = (): Error => new Error(`not within ${timeoutMs} ms; heard ${JSON.stringify(events)}`);
      const timer = setTimeout(() => finish(() => reject(tooLong())), timeoutMs);
      watchers.add(watcher);
      watcher();
    });
  return {
    events,
    ear,
    push: (...frames) => frames.forEach((frame) => ear.push(frame)),
    get finals() {
      return events.flatMap((event) => (event.type === "final" ? [event.text] : []));
    },
    until,
    async next(type, timeoutMs) {
      let found: HeardEvent | undefined;
      await until(() => {
        const at = events.findIndex((event, index) => index >= seen && event.type === type);
        if (at < 0) return false;
        found = events[at];
        seen = at + 1;
        return true;
      }, timeoutMs);
      return found as Extract<HeardEvent, { type: typeof type }>;
    },
    [Symbol.asyncDispose]: () => ear[Symbol.asyncDispose](),
  };
}

/** Runs a clock ten times as fast as the real one, so that sockets keep up with it. */
export async function runFast(clock: ManualClock, until: () => boolean, mostMs = 30_000): Promise<void> {
  for (let passedMs = 0; !until(); passedMs += 10) {
    if (passedMs >= mostMs) throw new Error(`not within ${mostMs} ms of the clock`);
    await clock.advance(10);
    await delay(1);
  }
}
