import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AudioQueue } from "../../src/daemon/media/audio-queue.ts";
import { Playback, type PlaybackEvent } from "../../src/daemon/media/playback.ts";
import { PlayingCarrier } from "./playing-carrier.ts";

const second = 8000;

class Stage {
  now = 1000;
  readonly carrier: PlayingCarrier;
  readonly events: PlaybackEvent[] = [];
  readonly playback = new Playback((event) => this.events.push(event));

  constructor(returnsAtClear = true) {
    this.carrier = new PlayingCarrier({ returnsAtClear });
    this.playback.attach(this.carrier, this.now);
  }

  say(utteranceId: string, bytes: number): AudioQueue {
    const audio = new AudioQueue();
    audio.push(new Uint8Array(bytes));
    this.playback.append(utteranceId, audio, this.now);
    this.playback.complete(utteranceId, this.now);
    return audio;
  }

  /** In steps of 20 ms, with a beat each 100 ms. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) {
      this.now += 20;
      for (const mark of this.carrier.play(20)) this.playback.marked(mark, this.now);
      if (this.now % 100 === 0) this.playback.tick(this.now);
    }
  }

  types(): string[] {
    return this.events.map(({ type, utteranceId }) => `${type} ${utteranceId}`);
  }
}

test("a sentence is sent ahead by about two seconds, never all at once, and is proven played", () => {
  const stage = new Stage();
  stage.say("u1", 10 * second);
  expect(stage.carrier.bufferedMs).toBeGreaterThan(1900);
  expect(stage.carrier.bufferedMs).toBeLessThan(2500);
  stage.pass(9_900);
  expect(stage.types()).toEqual(["sent u1", "heard u1"]);
  stage.pass(200);
  expect(stage.types()).toEqual(["sent u1", "heard u1", "played u1"]);
  expect(stage.carrier.silentMs).toBeLessThanOrEqual(120);
});

test("a second sentence follows the first without a gap, and each is proven by itself", () => {
  const stage = new Stage();
  stage.say("u1", second);
  stage.say("u2", second);
  stage.pass(1980);
  expect(stage.carrier.silentMs).toBe(0);
  stage.pass(100);
  expect(stage.types()).toEqual(["sent u1", "sent u2", "heard u1", "played u1", "heard u2", "played u2"]);
});

test("the first audio of a sentence goes out as soon as there is a frame of it", () => {
  const stage = new Stage();
  const audio = new AudioQueue();
  stage.playback.append("u1", audio, stage.now);
  audio.push(new Uint8Array(159));
  stage.playback.tick(stage.now);
  expect(stage.carrier.bufferedMs).toBe(0);
  audio.push(new Uint8Array(1));
  stage.playback.tick(stage.now);
  expect(stage.carrier.bufferedMs).toBe(20);
});

test("a stall of 1.5 s of ours is not heard", () => {
  const stage = new Stage();
  stage.say("u1", 5 * second);
  for (let ms = 0; ms < 1500; ms += 20)
    for (const mark of stage.carrier.play(20)) stage.playback.marked(mark, (stage.now += 20));
  stage.pass(3400);
  expect(stage.carrier.silentMs).toBe(0);
});

test("after a pause the caller hears on from where they stopped, and nothing twice by more than half a second", () => {
  const stage = new Stage();
  stage.say("u1", 4 * second);
  stage.pass(1500);
  stage.playback.pause(stage.now);
  const heard = stage.carrier.heardBytes;
  stage.pass(2000);
  expect(stage.carrier.heardBytes).toBe(heard);
  stage.playback.resume(stage.now);
  stage.pass(4000);
  expect(stage.types().at(-1)).toBe("played u1");
  expect(stage.carrier.heardBytes).toBeGreaterThanOrEqual(4 * second);
  expect(stage.carrier.heardBytes).toBeLessThanOrEqual(4.5 * second);
});

test("a mark that never comes back keeps nothing waiting", () => {
  const stage = new Stage();
  stage.say("u1", second);
  stage.say("u2", second);
  stage.carrier.losesMarks = true;
  stage.pass(4900);
  expect(stage.types()).not.toContain("played u1");
  stage.pass(300);
  expect(stage.events.filter(({ type }) => type === "played")).toMatchObject([
    { utteranceId: "u1", unproven: true },
    { utteranceId: "u2", unproven: true },
  ]);
  stage.carrier.losesMarks = false;
  stage.say("u3", second);
  stage.pass(1100);
  expect(stage.events.at(-1)).toEqual({ type: "played", utteranceId: "u3", unproven: false });
});

test("marks that come back because of a clear count for nothing", () => {
  const stage = new Stage();
  stage.say("u1", 3 * second);
  stage.pass(500);
  const heard = stage.playback.cut(stage.now);
  stage.pass(500);
  expect(heard?.utteranceId).toBe("u1");
  expect(stage.types()).toEqual(["sent u1", "heard u1"]);
  expect(stage.playback.idle).toBe(true);
});

test("an utterance that is not wanted any more leaves no gap in the one before it", () => {
  const stage = new Stage();
  stage.say("u1", second);
  stage.say("u2", second);
  stage.pass(500);
  stage.playback.remove("u2", stage.now);
  stage.pass(1500);
  expect(stage.types().filter((type) => type.endsWith("u2"))).toEqual(["sent u2"]);
  expect(stage.types().at(-1)).toBe("played u1");
});

test("a new stream in place of a lost one plays what was not heard", () => {
  const stage = new Stage();
  stage.say("u1", 3 * second);
  stage.pass(1000);
  const other = new PlayingCarrier();
  stage.playback.attach(other, stage.now);
  for (let ms = 0; ms < 2600; ms += 20) {
    for (const mark of other.play(20)) stage.playback.marked(mark, stage.now);
    stage.now += 20;
    stage.playback.tick(stage.now);
  }
  expect(stage.types().at(-1)).toBe("played u1");
});

const step = fc.oneof(
  fc.record({ act: fc.constant("say" as const), ms: fc.integer({ min: 20, max: 6000 }) }),
  fc.record({ act: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 150 }).map((count) => count * 20) }),
  fc.record({ act: fc.constantFrom("pause" as const, "resume" as const, "cut" as const), ms: fc.constant(0) }),
);

test("a thousand random interruptions leave every queue empty, and the next sentence audible", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), (steps, returnsAtClear) => {
      const stage = new Stage(returnsAtClear);
      let count = 0;
      for (const { act, ms } of steps) {
        if (act === "say") stage.say(`u${++count}`, ms * 8);
        else if (act === "pass") stage.pass(ms);
        else if (act === "cut") {
          const before = stage.carrier.heardBytes;
          const heard = stage.playback.cut(stage.now);
          if (heard !== undefined) expect(heard.bytes).toBeLessThanOrEqual(before + 20 * 8);
        } else stage.playback[act](stage.now);
      }
      stage.playback.cut(stage.now);
      expect(stage.playback.idle).toBe(true);
      stage.events.length = 0;
      stage.carrier.heardBytes = 0;
      stage.say("last", second);
      stage.pass(1200);
      expect(stage.types()).toEqual(["sent last", "heard last", "played last"]);
      expect(stage.carrier.heardBytes).toBe(second);
    }),
    { numRuns: 1000 },
  );
});
