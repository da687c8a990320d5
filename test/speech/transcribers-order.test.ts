// Whatever order a service's words come in: turns stay in order, each once, and none that it completed is lost.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { HeardEvent } from "../../src/daemon/speech/transcriber.ts";
import { deepgramService } from "../../src/daemon/speech/transcribers/deepgram.ts";
import { elevenLabsService } from "../../src/daemon/speech/transcribers/elevenlabs.ts";
import { openAiService } from "../../src/daemon/speech/transcribers/openai.ts";
import type { Fields, Floor, Service } from "../../src/daemon/speech/transcribers/service.ts";
import { createManualClock } from "../support/manual-clock.ts";

interface Step {
  turn: number;
  kind: "committed" | "delta" | "completed" | "failed" | "again";
}

const prefix = "conversation.item.input_audio_transcription.";

function messageOf({ turn, kind }: Step): Fields {
  const item_id = `item_${turn}`;
  switch (kind) {
    case "committed":
      return { type: "input_audio_buffer.committed", item_id };
    case "delta":
      return { type: `${prefix}delta`, item_id, delta: `d${turn} ` };
    case "failed":
      return { type: `${prefix}failed`, item_id, error: { code: "no_idea" } };
    default:
      return { type: `${prefix}completed`, item_id, transcript: `t${turn}` };
  }
}

function dialectOn(clock: ReturnType<typeof createManualClock>, service = openAiService({ apiKey: "k" }, "en")) {
  const events: HeardEvent[] = [];
  const floor: Floor = {
    ready: () => {},
    heard: (event) => void events.push(event),
    after: (ms, task) => clock.after(ms, task),
    position: () => 0,
    positionAt: (ms) => ms * 8,
    settle: () => {},
    renew: () => {},
    giveUp: () => {},
    note: () => {},
  };
  const dialect = service.createDialect(floor);
  dialect.opened();
  return { dialect, finals: () => events.flatMap((event) => (event.type === "final" ? [event.text] : [])), events };
}

/** Some turns: each committed, with its words in time, late (after a while), twice or never. */
const story = fc
  .array(
    fc.constantFrom<Step["kind"][]>(
      ["completed"],
      ["completed", "again"],
      ["delta", "completed"],
      ["failed"],
      ["delta"],
      [],
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .chain((turns) => {
    const steps = turns.flatMap((kinds, turn): Step[] => [
      { turn, kind: "committed" },
      ...kinds.map((kind) => ({ turn, kind })),
    ]);
    return fc.record({
      steps: fc.shuffledSubarray(steps, { minLength: steps.length }),
      size: fc.constant(turns.length),
    });
  });

test("in 1,000 random orders turns stay in the order of their commits and none that was completed is lost", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ steps }) => {
      const clock = createManualClock();
      const { dialect, finals } = dialectOn(clock);
      for (const step of steps) dialect.receive(messageOf(step));
      await clock.advance(10_000);
      const committed = steps.flatMap(({ turn, kind }) => (kind === "committed" ? [turn] : []));
      const told = finals().map((text) => Number(/\d+/.exec(text)?.[0]));
      expect(told).toEqual(committed.filter((turn) => told.includes(turn)));
      const firstWord = (turn: number) =>
        steps.find((step) => step.turn === turn && /^(completed|again|failed)$/.test(step.kind));
      const completed = committed.filter((turn) => /^(completed|again)$/.test(firstWord(turn)?.kind ?? ""));
      expect(completed.filter((turn) => !finals().includes(`t${turn}`))).toEqual([]);
      expect(dialect.busy).toBe(false);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

test("time that passes between the words loses no turn, and puts none before another", async () => {
  await fc.assert(
    fc.asyncProperty(story, fc.infiniteStream(fc.constantFrom(0, 0, 500, 3000)), async ({ steps }, waits) => {
      const clock = createManualClock();
      const { dialect, finals, events } = dialectOn(clock);
      for (const step of steps) {
        dialect.receive(messageOf(step));
        await clock.advance(waits.next().value ?? 0);
      }
      await clock.advance(10_000);
      const texts = finals();
      expect(new Set(texts).size).toBe(texts.length);
      // Each turn ends as words or as missed, unless it was silence.
      const turns = new Set(steps.map(({ turn }) => turn)).size;
      expect(events.filter(({ type }) => type === "final" || type === "missed").length).toBeGreaterThanOrEqual(turns);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 200 },
  );
});

const services: [string, Service][] = [
  ["openai", openAiService({ apiKey: "k" }, "en")],
  ["openai without VAD", openAiService({ apiKey: "k", model: "gpt-live-transcribe" }, "en")],
  ["nova", deepgramService({ apiKey: "k", model: "nova-3" }, "en")],
  ["flux", deepgramService({ apiKey: "k" }, "en")],
  ["scribe", elevenLabsService({ apiKey: "k" }, "en")],
];

const words = [
  "input_audio_buffer.committed",
  "input_audio_buffer.speech_stopped",
  `${prefix}delta`,
  `${prefix}completed`,
  `${prefix}failed`,
  "error",
  "session.updated",
  ..."Results UtteranceEnd SpeechStarted Error Connected TurnInfo".split(" "),
  ..."StartOfTurn Update EagerEndOfTurn TurnResumed EndOfTurn".split(" "),
  ..."session_started partial_transcript committed_transcript commit_throttled input_error".split(" "),
];
const keys =
  "type message_type event item_id turn_index delta transcript text error audio_end_ms channel is_final speech_final words";

test.for(services)("%s: no message of whatever shape throws, or leaves a timer", ([, service]) => {
  const value = fc.oneof(
    fc.constantFrom(...words),
    fc.jsonValue({ maxDepth: 1 }),
    fc.record({
      alternatives: fc.array(fc.dictionary(fc.constantFrom("transcript", "confidence"), fc.jsonValue({ maxDepth: 0 }))),
    }),
  );
  const message = fc.dictionary(fc.constantFrom(...keys.split(" ")), value, { maxKeys: 8 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
      const clock = createManualClock();
      const { dialect, events } = dialectOn(clock, service);
      for (const each of messages) dialect.receive(each);
      dialect.closed();
      dialect.finish();
      dialect.dispose();
      expect(events.every((event) => event.type !== "final" || event.text === event.text.trim())).toBe(true);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 200 },
  );
});

test("turns that never end do not pile up", () => {
  const { dialect, events } = dialectOn(createManualClock());
  for (let turn = 0; turn < 10_000; turn += 1) dialect.receive(messageOf({ turn, kind: "delta" }));
  const [last] = events.slice(-1);
  expect(last?.type === "partial" && last.text.length).toBeLessThan(1000);
  dialect.dispose();
});
