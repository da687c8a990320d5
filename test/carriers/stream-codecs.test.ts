// The carriers' media frames: golden ones, strange ones, those of another stream, and ten thousand broken ones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamCodec, StreamEvent } from "../../src/daemon/carriers/media.ts";
import { createPlivoCodec } from "../../src/daemon/carriers/plivo/stream-codec.ts";
import { createTelnyxCodec } from "../../src/daemon/carriers/telnyx/stream-codec.ts";
import { createTwilioCodec } from "../../src/daemon/carriers/twilio/stream-codec.ts";

const payload = Buffer.alloc(160, 0xff).toString("base64");

interface Golden {
  codec(): StreamCodec;
  start: object;
  started: StreamEvent;
  frames: [string, object, StreamEvent | undefined][];
  malformed: [string, object | string][];
  audio: object;
  mark: object;
  clear: object;
}

const twilio: Golden = {
  codec: createTwilioCodec,
  start: {
    event: "start",
    sequenceNumber: "1",
    streamSid: "MZ1",
    start: {
      streamSid: "MZ1",
      accountSid: "AC1",
      callSid: "CA1",
      tracks: ["inbound"],
      customParameters: {},
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    },
  },
  started: { type: "start", streamId: "MZ1", carrierCallId: "CA1", encoding: "PCMU" },
  frames: [
    ["connected", { event: "connected", protocol: "Call", version: "1.0.0" }, undefined],
    [
      "audio, its numbers as text",
      {
        event: "media",
        sequenceNumber: "3",
        streamSid: "MZ1",
        media: { track: "inbound", chunk: "1", timestamp: "5", payload },
      },
      { type: "audio", payload, timestampMs: 5, chunk: 1 },
    ],
    [
      "our own voice",
      { event: "media", streamSid: "MZ1", media: { track: "outbound", chunk: "1", timestamp: "5", payload } },
      undefined,
    ],
    ["a mark", { event: "mark", streamSid: "MZ1", mark: { name: "g1.2" } }, { type: "mark", name: "g1.2" }],
    [
      "a key",
      { event: "dtmf", streamSid: "MZ1", dtmf: { track: "inbound_track", digit: "5" } },
      { type: "digit", digit: "5" },
    ],
    ["stop", { event: "stop", streamSid: "MZ1", stop: { accountSid: "AC1", callSid: "CA1" } }, { type: "stop" }],
    ["an event of the future", { event: "hologram", streamSid: "MZ1" }, undefined],
  ],
  malformed: [
    [
      "another stream",
      { event: "media", streamSid: "MZ2", media: { track: "inbound", chunk: "1", timestamp: "5", payload } },
    ],
    ["no stream", { event: "stop" }],
    ["a key that is none", { event: "dtmf", streamSid: "MZ1", dtmf: { digit: "55" } }],
    ["a mark without a name", { event: "mark", streamSid: "MZ1", mark: {} }],
    ["audio without its number", { event: "media", streamSid: "MZ1", media: { timestamp: "5", payload } }],
    ["audio at no time", { event: "media", streamSid: "MZ1", media: { chunk: "1", timestamp: "-5", payload } }],
    [
      "audio that is no base64",
      { event: "media", streamSid: "MZ1", media: { chunk: "1", timestamp: "5", payload: "%%%%" } },
    ],
    ["audio that is empty", { event: "media", streamSid: "MZ1", media: { chunk: "1", timestamp: "5", payload: "" } }],
    ["an object without event", { streamSid: "MZ1" }],
    ["a list", "[]"],
    ["no JSON", '{"event":'],
    ["nothing", ""],
    ["too much", JSON.stringify({ event: "media", streamSid: "MZ1", x: "x".repeat(64 * 1024) })],
  ],
  audio: { event: "media", streamSid: "MZ1", media: { payload } },
  mark: { event: "mark", streamSid: "MZ1", mark: { name: 'g1."2"' } },
  clear: { event: "clear", streamSid: "MZ1" },
};

const telnyx: Golden = {
  codec: createTelnyxCodec,
  start: {
    event: "start",
    sequence_number: "1",
    start: {
      user_id: "u",
      call_control_id: "v3:abc/+=",
      media_format: { encoding: "PCMU", sample_rate: 8000, channels: 1 },
    },
    stream_id: "s1",
  },
  started: { type: "start", streamId: "s1", carrierCallId: "v3:abc/+=", encoding: "PCMU" },
  frames: [
    ["connected", { event: "connected", version: "1.0.0" }, undefined],
    [
      "audio, its numbers as text",
      {
        event: "media",
        sequence_number: "4",
        media: { track: "inbound", chunk: "2", timestamp: "20", payload },
        stream_id: "s1",
      },
      { type: "audio", payload, timestampMs: 20, chunk: 2 },
    ],
    [
      "audio, its numbers as numbers",
      { event: "media", media: { track: "inbound", chunk: 2, timestamp: 20, payload }, stream_id: "s1" },
      { type: "audio", payload, timestampMs: 20, chunk: 2 },
    ],
    [
      "our own voice",
      { event: "media", media: { track: "outbound", chunk: 2, timestamp: 20, payload }, stream_id: "s1" },
      undefined,
    ],
    ["a mark", { event: "mark", mark: { name: "g1.2" }, stream_id: "s1" }, { type: "mark", name: "g1.2" }],
    ["a key, which the webhook tells", { event: "dtmf", stream_id: "s1", dtmf: { digit: "a" } }, undefined],
    ["stop", { event: "stop", stop: { call_control_id: "v3:abc" }, stream_id: "s1" }, { type: "stop" }],
    [
      "a complaint",
      { event: "error", payload: { code: 100003, title: "malformed_frame", detail: "no" }, stream_id: "s1" },
      { type: "complaint", message: "100003 malformed_frame no" },
    ],
    ["a complaint without words", { event: "error" }, { type: "complaint", message: "an error without words" }],
    ["an event of the future", { event: "hologram", stream_id: "s1" }, undefined],
  ],
  malformed: [
    ["another stream", { event: "stop", stream_id: "s2" }],
    ["no stream", { event: "stop" }],
    ["audio without its time", { event: "media", media: { chunk: "1", payload }, stream_id: "s1" }],
    ["a null", "null"],
  ],
  audio: { event: "media", media: { payload } },
  mark: { event: "mark", mark: { name: 'g1."2"' } },
  clear: { event: "clear" },
};

const plivo: Golden = {
  codec: createPlivoCodec,
  start: {
    sequenceNumber: 0,
    event: "start",
    start: {
      callId: "c1",
      streamId: "s1",
      accountId: "MA1",
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 },
    },
    extra_headers: "{}",
  },
  started: { type: "start", streamId: "s1", carrierCallId: "c1", encoding: "PCMU" },
  frames: [
    [
      "audio",
      {
        sequenceNumber: 1,
        streamId: "s1",
        event: "media",
        media: { track: "inbound", timestamp: "20", chunk: 1, payload },
      },
      { type: "audio", payload, timestampMs: 20, chunk: 1 },
    ],
    [
      "a checkpoint that was played",
      { event: "playedStream", sequenceNumber: 2, streamId: "s1", name: "g1.2" },
      { type: "mark", name: "g1.2" },
    ],
    ["a clear that was done", { event: "clearedAudio", sequenceNumber: 2, streamId: "s1" }, { type: "cleared" }],
    [
      "a key",
      { event: "dtmf", streamId: "s1", dtmf: { track: "inbound", digit: "2", timestamp: "1" } },
      { type: "digit", digit: "2" },
    ],
    [
      "a complaint",
      { event: "playFailed", streamId: "s1", reason: "unsupported" },
      { type: "complaint", message: "playFailed: unsupported" },
    ],
    ["stop, which names no stream", { event: "stop" }, { type: "stop" }],
    ["an event of the future", { event: "hologram", streamId: "s1" }, undefined],
  ],
  malformed: [
    ["another stream", { event: "clearedAudio", streamId: "s2" }],
    ["a checkpoint without its name", { event: "playedStream", streamId: "s1" }],
    ["audio that is no text", { event: "media", streamId: "s1", media: { timestamp: "20", chunk: 1, payload: 5 } }],
  ],
  audio: { event: "playAudio", media: { contentType: "audio/x-mulaw", sampleRate: 8000, payload } },
  mark: { event: "checkpoint", streamId: "s1", name: 'g1."2"' },
  clear: { event: "clearAudio", streamId: "s1" },
};

function wire(frame: object | string): string {
  return typeof frame === "string" ? frame : JSON.stringify(frame);
}

describe.for(Object.entries({ twilio, telnyx, plivo }))("%s", ([, golden]) => {
  const begun = (): StreamCodec => {
    const codec = golden.codec();
    codec.decode(wire(golden.start));
    return codec;
  };

  test("reads its start", () => {
    expect(golden.codec().decode(wire(golden.start))).toEqual(golden.started);
  });

  test.for(golden.frames)("reads %s", ([, frame, event]) => {
    expect(begun().decode(wire(frame))).toEqual(event);
  });

  test.for(golden.malformed)("refuses %s", ([, frame]) => {
    expect(begun().decode(wire(frame))).toMatchObject({ type: "malformed" });
  });

  test("refuses a second start, and goes on with the first stream", () => {
    const codec = begun();
    expect(codec.decode(wire(golden.start))).toEqual({ type: "malformed", why: "a second start" });
    const [, frame, event] = golden.frames.find(([, , read]) => read?.type === "audio") ?? ["", {}, undefined];
    expect(codec.decode(wire(frame))).toEqual(event);
  });

  test("refuses audio before the start, and a start that names no call or no encoding of ours", () => {
    const codec = golden.codec();
    for (const [, frame, event] of golden.frames) {
      if (event?.type === "audio") expect(codec.decode(wire(frame))).toMatchObject({ type: "malformed" });
    }
    const text = wire(golden.start);
    const strange = [
      text.replace(/"(callSid|callId|call_control_id)"/, '"x"'),
      text.replace(/audio\/x-mulaw|PCMU/, "OPUS"),
    ];
    for (const start of [...strange, text.replace("8000", "16000"), wire({ event: "start", start: 5 })]) {
      expect(codec.decode(start)).toMatchObject({ type: "malformed" });
    }
  });

  test("says audio, mark and clear in its words", () => {
    const codec = begun();
    expect(JSON.parse(codec.audio(payload))).toEqual(golden.audio);
    expect(JSON.parse(codec.mark('g1."2"'))).toEqual(golden.mark);
    expect(JSON.parse(codec.clear())).toEqual(golden.clear);
  });

  test("no frame, however broken, throws or passes for another stream's", () => {
    const texts = [golden.start, ...golden.frames.map(([, frame]) => frame)].map(wire);
    const broken = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 12 }),
      insert: fc.string({ unit: "binary", maxLength: 6 }),
    });
    const codec = begun();
    fc.assert(
      fc.property(broken, ({ text, at, remove, insert }) => {
        const from = at % (text.length + 1);
        const event = codec.decode(text.slice(0, from) + insert + text.slice(from + remove));
        if (event?.type !== "audio") return;
        expect(Buffer.from(event.payload, "base64").toString("base64").length).toBe(event.payload.length);
        expect(event.timestampMs).toBeGreaterThanOrEqual(0);
        expect(Number.isSafeInteger(event.chunk)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});

test("Telnyx sends A-law where it does not keep to what was asked for, and says so", () => {
  const start = wire(telnyx.start).replace("PCMU", "PCMA");
  expect(createTelnyxCodec().decode(start)).toEqual({ ...telnyx.started, encoding: "PCMA" });
});

test("Plivo's time of day becomes the stream's", () => {
  const codec = createPlivoCodec();
  codec.decode(wire(plivo.start));
  const at = (timestamp: string): unknown =>
    codec.decode(wire({ event: "media", streamId: "s1", media: { track: "inbound", timestamp, chunk: 1, payload } }));
  expect(at("1767693600000")).toMatchObject({ timestampMs: 0 });
  expect(at("1767693600040")).toMatchObject({ timestampMs: 40 });
});

test("tells the engine what each carrier is like", () => {
  const { reorders: _r, ...sure } = { reorders: false, marksAfterClear: true };
  expect(createTwilioCodec()).toMatchObject({ reorders: false, ...sure });
  expect(createTelnyxCodec()).toMatchObject({ reorders: true, ...sure });
  expect(createPlivoCodec()).toMatchObject({ reorders: false, marksAfterClear: false, maxAudioBytes: 12_000 });
});
