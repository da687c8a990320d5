import { expect, test } from "vitest";
import type { EarAction } from "../../src/daemon/media/ear-action.ts";
import { Listener } from "../../src/daemon/media/listener.ts";
import type { HeardEvent, Transcriber, UlawFrame } from "../../src/daemon/speech/transcriber.ts";

const loud: UlawFrame = { base64: "", bytes: new Uint8Array(160).fill(0x10) };
const quiet: UlawFrame = { base64: "", bytes: new Uint8Array(160).fill(0xff) };

class Stage {
  now = 10_000;
  readonly actions: EarAction[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  pushed = 0;
  /** Of the recogniser that listens. */
  hears: (event: HeardEvent) => void = () => undefined;
  readonly listener: Listener;

  constructor(ids: string[], carrierHears = false) {
    this.listener = new Listener({
      transcribers: ids.map((id) => this.#transcriber(id)),
      carrierHears,
      language: "en",
      rules: { plainMs: 800, onsetMs: 250, minWords: 1, resumeMs: 2000 },
      newProbe: () => ({ push: ([first]) => [first === 0x10 ? 0.9 : 0.1], reset: () => undefined }),
      ourVoice: () => ({ audible: false, protected: false, quietForMs: 60_000 }),
      ourWords: () => ({ recent: "", question: "", goesOn: false }),
      now: () => this.now,
      act: (action) => void this.actions.push(action),
      troubled: () => undefined,
    });
    this.listener.open();
  }

  /** 20 ms frames, with a beat each 100 ms. */
  sound(ms: number, frame: UlawFrame): this {
    for (let passed = 0; passed < ms; passed += 20) {
      this.now += 20;
      this.listener.audio(frame);
      if (this.now % 100 === 0) this.listener.tick();
    }
    return this;
  }

  #transcriber(id: string): Transcriber {
    return {
      id,
      capabilities: { endOfTurn: "silence", speechStart: true, chunkMs: 20, finalWithinMs: 400 },
      open: ({ heard }) => {
        this.opened.push(id);
        this.hears = heard;
        return {
          push: () => void this.pushed++,
          commit: () => undefined,
          [Symbol.asyncDispose]: async () => void this.closed.push(id),
        };
      },
    };
  }
}

test("a recogniser that is connected and never hears anything gives way to the next within ten seconds", () => {
  const stage = new Stage(["mute", "other"]);
  stage.sound(1500, loud).sound(8500, quiet);
  expect([stage.opened, stage.closed]).toEqual([["mute", "other"], ["mute"]]);
  stage.hears({ type: "final", text: "Hello", turnEnd: true });
  expect(stage.actions.at(-1)).toMatchObject({ type: "turn", text: "Hello" });
});

test("the last one that never hears anything is told, within ten seconds, and not before a second of speech", () => {
  const stage = new Stage(["mute"]);
  const told = (): string[] => stage.actions.splice(0).map(({ type }) => type);
  stage.sound(500, loud).sound(12_000, quiet);
  expect(told()).toEqual(["unheard", "unheard"]);
  stage.hears({ type: "final", text: "", turnEnd: true });
  stage.sound(1500, loud).sound(8500, quiet);
  expect(told()).toContain("deaf");
});

test("a carrier that tells the words by itself is not deaf for want of a recogniser", () => {
  const stage = new Stage([], true);
  const told = stage
    .sound(3000, loud)
    .sound(20_000, quiet)
    .actions.map(({ type }) => type);
  expect(told).not.toContain("deaf");
});

test("a line that stops in the middle of a word is silent for the recogniser, and not for ever", () => {
  const stage = new Stage(["one"]);
  stage.hears({ type: "speechStarted" });
  stage.sound(200, loud);
  const before = stage.pushed;
  for (let passed = 0; passed < 10_000; passed += 100) {
    stage.now += 100;
    stage.listener.tick();
  }
  expect((stage.pushed - before) * 20).toBe(3000);
});

test("one that is making its connection anew for too long gives way", () => {
  const stage = new Stage(["one", "two"]);
  stage.hears({ type: "interrupted", message: "gone" });
  stage.sound(9000, quiet);
  expect(stage.opened).toEqual(["one", "two"]);
});
