// Media sockets of the Twilio emulator: its messages, its true clock, its strictness and its faults.
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { expect, test } from "vitest";
import {
  startTwilioEmulator,
  type EmulatedCall,
  type MediaFault,
  type TwilioEmulator,
} from "../../src/emulator/index.ts";
import { startMediaApp, tone, type MediaApp, type MediaSocketSeen, type Message } from "./media-app.ts";
import { begun, heardMs, publicUrl, streamPath, streamUrl } from "./media-line.ts";
import { sdkFor, THEM, US } from "./sdk.ts";
import { twiml } from "./webhook-app.ts";

const connect = `<Connect><Stream url="${streamUrl}"/></Connect>`;

interface Line extends AsyncDisposable {
  emulator: TwilioEmulator;
  app: MediaApp;
  call: EmulatedCall;
  /** The first media socket. */
  socket: MediaSocketSeen;
  /** Sends µ-law as the program would. */
  play(ulaw: Buffer): void;
  mark(name: string): void;
  clear(): void;
}

interface LineOptions {
  faults?: MediaFault[];
  document?: string;
  onMessage?: (message: Message, socket: MediaSocketSeen) => void;
  refuses?: number;
}

/** A call that is up, and whose stream has begun unless a fault forbids it. */
async function streaming({ faults = [], document = connect, ...options }: LineOptions = {}): Promise<Line> {
  const app = await startMediaApp({ ...options, document: () => twiml("<Say>over</Say>") });
  const emulator = await startTwilioEmulator({ routes: [{ public: publicUrl, target: app.url }] });
  emulator.faults({ media: faults });
  await sdkFor(emulator).calls.create({ to: THEM, from: US, twiml: twiml(document) });
  await emulator.waitFor(() => emulator.calls[0]?.audio.streams[0] !== undefined);
  const [call] = emulator.calls;
  if (call === undefined) throw new Error("no call");
  const starts = faults.every(({ fault }) => fault !== "no-start" && fault !== "never-connect");
  if (starts && options.refuses === undefined) await begun(emulator, app);
  const streamSid = call.audio.streams[0]?.streamId;
  const [socket] = app.sockets;
  return {
    emulator,
    app,
    call,
    get socket() {
      const [first] = app.sockets;
      if (first === undefined) throw new Error("no socket");
      return first;
    },
    play: (ulaw) => socket?.send({ event: "media", streamSid, media: { payload: ulaw.toString("base64") } }),
    mark: (name) => socket?.send({ event: "mark", streamSid, mark: { name } }),
    clear: () => socket?.send({ event: "clear", streamSid }),
    async [Symbol.asyncDispose]() {
      await emulator[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

test("says connected, start and 20 ms frames in Twilio's shapes, over an upgrade that its own SDK verifies", async () => {
  await using line = await streaming();
  await line.emulator.waitFor(() => line.socket.of("media").length >= 3);
  const { socket, call } = line;
  const { streamId } = call.audio.streams[0] ?? { streamId: "" };
  expect(socket.path).toBe(streamPath);
  const signature = String(socket.headers["x-twilio-signature"]);
  expect(validateRequest(line.emulator.authToken, signature, streamUrl, {})).toBe(true);
  expect(socket.headers).toMatchObject({ host: "voice.example.test", "x-forwarded-proto": "https" });
  expect(socket.messages[0]).toEqual({ event: "connected", protocol: "Call", version: "1.0.0" });
  expect(socket.messages[1]).toEqual({
    event: "start",
    sequenceNumber: "1",
    start: {
      accountSid: line.emulator.accountSid,
      streamSid: streamId,
      callSid: call.sid,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: {},
    },
    streamSid: streamId,
  });
  const silence = Buffer.alloc(160, 0xff).toString("base64");
  expect(socket.messages[2]).toEqual({
    event: "media",
    sequenceNumber: "2",
    media: { track: "inbound", chunk: "1", timestamp: "0", payload: silence },
    streamSid: streamId,
  });
});

test("strips the query of a stream's URL, and hands parameters over", async () => {
  await using line = await streaming({
    document: `<Connect><Stream url="${streamUrl}?token=lost"><Parameter name="token" value="kept"/></Stream></Connect>`,
  });
  expect(line.socket.path).toBe(streamPath);
  expect(line.socket.of("start")[0]).toMatchObject({ start: { customParameters: { token: "kept" } } });
  expect(line.call.warnings).toContain("31920 query and fragment of a <Stream> URL are not sent");
});

test("plays what it is sent at its own pace, and gives marks back when their time has come", async () => {
  await using line = await streaming();
  const startedAt = performance.now();
  line.play(tone(200, 0x11));
  line.mark("first");
  line.play(tone(100, 0x22));
  line.mark("second");
  await line.emulator.waitFor(() => line.socket.of("mark").length === 1);
  expect(performance.now() - startedAt).toBeGreaterThan(190);
  expect(line.socket.of("mark")[0]).toMatchObject({ mark: { name: "first" } });
  expect(line.call.audio.bufferedMs).toBeGreaterThan(0);
  await line.emulator.waitFor(() => line.socket.of("mark").length === 2);
  expect(performance.now() - startedAt).toBeGreaterThan(290);
  expect(line.call.audio.hear().map(({ ulaw }) => Buffer.from(ulaw))).toEqual([
    Buffer.concat([tone(200, 0x11), tone(100, 0x22)]),
  ]);
});

test("a clear cuts what is heard and returns the marks that waited; what comes after is heard again", async () => {
  await using line = await streaming();
  line.play(tone(5000));
  line.mark("never reached");
  await line.emulator.waitFor(() => heardMs(line.call.audio) >= 100);
  line.clear();
  await line.emulator.waitFor(() => line.socket.of("mark").length === 1);
  const cutMs = heardMs(line.call.audio);
  expect(cutMs).toBeLessThan(1000);
  expect(line.call.audio.bufferedMs).toBe(0);
  line.play(tone(60, 0x33));
  line.mark("after");
  await line.emulator.waitFor(() => line.socket.of("mark").length === 2);
  const [before, after] = line.call.audio.hear();
  expect((before?.ulaw.length ?? 0) / 8).toBe(cutMs);
  expect(Buffer.from(after?.ulaw ?? [])).toEqual(tone(60, 0x33));
});

test("what the callee says arrives whole and in time, and both sides are in the recording", async () => {
  await using line = await streaming();
  line.play(tone(300, 0x44));
  const startedAt = performance.now();
  expect(await line.call.audio.speak(tone(250, 0x55))).toBe(true);
  expect(performance.now() - startedAt).toBeGreaterThan(200);
  await line.emulator.waitFor(() => heardMs(line.call.audio) === 300);
  const sent = Buffer.concat(
    line.socket.of("media").map(({ media }) => Buffer.from((media as { payload: string }).payload, "base64")),
  );
  expect(sent.filter((byte) => byte === 0x55)).toHaveLength(250 * 8);
  expect(sent.subarray(sent.indexOf(0x55), sent.lastIndexOf(0x55) + 1)).toEqual(tone(250, 0x55));
  const wav = line.call.audio.recording();
  const channel = (which: 0 | 1) => wav.subarray(58).filter((_, at) => at % 2 === which);
  expect(channel(0).filter((byte) => byte !== 0xff)).toEqual(tone(250, 0x55));
  expect(channel(1).filter((byte) => byte !== 0xff)).toEqual(tone(300, 0x44));
});

test("frames keep to their schedule: a late one delays no other", async () => {
  await using line = await streaming();
  await line.emulator.waitFor(() => line.socket.of("media").length > 0);
  const startedAt = performance.now();
  const before = line.socket.of("media").length;
  await line.emulator.waitFor(() => performance.now() - startedAt > 500);
  const frames = line.socket.of("media").length - before;
  const due = (performance.now() - startedAt) / 20;
  expect(Math.abs(frames - due)).toBeLessThan(5);
});

test("keys come as dtmf frames while a stream is up", async () => {
  await using line = await streaming();
  expect(line.emulator.press(line.call.sid, "4#")).toBe(true);
  await line.emulator.waitFor(() => line.socket.of("dtmf").length === 2);
  expect(line.socket.of("dtmf").map(({ dtmf }) => dtmf)).toEqual([
    { track: "inbound_track", digit: "4" },
    { track: "inbound_track", digit: "#" },
  ]);
});

test("the program closes: the document goes on below the stream", async () => {
  await using line = await streaming({ document: `${connect}<Say>Below</Say>` });
  line.socket.close();
  await line.emulator.waitFor(() => line.call.endedAt !== null);
  expect(line.call.heard).toMatchObject([{ text: "Below" }]);
});

test("the callee hangs up: stop, close, and what was being said is dropped", async () => {
  await using line = await streaming();
  const saying = line.call.audio.speak(tone(5000));
  line.emulator.hangUp(line.call.sid);
  expect(await saying).toBe(false);
  await line.emulator.waitFor(() => line.call.audio.streams[0]?.state === "over");
  expect(line.socket.messages.at(-1)).toMatchObject({ event: "stop", stop: { callSid: line.call.sid } });
  expect(line.call.audio.streams[0]?.closeCode).toBe(1000);
  expect(await line.call.audio.speak(tone(20))).toBe(false);
});

test("a document that is pushed ends the stream and runs", async () => {
  await using line = await streaming();
  await sdkFor(line.emulator)
    .calls(line.call.sid)
    .update({ twiml: twiml("<Say>Instead</Say>") });
  await line.emulator.waitFor(() => line.call.endedAt !== null);
  expect(line.socket.messages.at(-1)).toMatchObject({ event: "stop" });
  expect(line.call.heard).toMatchObject([{ text: "Instead" }]);
});

test("a refused upgrade is listed, and the document goes on", async () => {
  await using line = await streaming({ refuses: 403, document: `${connect}<Say>Below</Say>` });
  await line.emulator.waitFor(() => line.call.endedAt !== null);
  expect(line.call.audio.streams).toMatchObject([{ state: "over", refusedWith: 403 }]);
  expect(line.call.warnings).toEqual(["31920 Stream - WebSocket - Handshake Error"]);
  expect(line.call.heard).toMatchObject([{ text: "Below" }]);
});

test.for<[string, unknown, boolean]>([
  ["no JSON", "{", true],
  ["a binary message", Buffer.from("{}"), true],
  ["a message that is too long", JSON.stringify({ event: "media", x: "x".repeat(1024 * 1024) }), true],
  ["another stream's message", { event: "clear", streamSid: "MZ0" }, false],
  ["an unknown event", { event: "hello" }, false],
  ["a payload that is no base64", { event: "media", media: { payload: "%%%" } }, false],
  ["a WAV file", { event: "media", media: { payload: tone(20).fill("RIFF", 0, 4).toString("base64") } }, false],
])("%s is listed; only what breaks the protocol ends the stream", async ([, message, closes]) => {
  await using line = await streaming();
  const { streamId: streamSid } = line.call.audio.streams[0] ?? { streamId: "" };
  if (typeof message === "string" || Buffer.isBuffer(message)) line.socket.raw(message);
  else line.socket.send({ streamSid, ...(message as object) });
  await line.emulator.waitFor(() => line.call.audio.streams[0]?.received.nonsense === 1);
  expect(line.call.warnings).toHaveLength(1);
  line.mark("still there");
  await line.emulator.waitFor(
    () => line.call.audio.streams[0]?.state === "over" || line.socket.of("mark").length === 1,
  );
  expect(line.call.audio.streams[0]?.state === "over").toBe(closes);
  expect(line.call.audio.hear()).toEqual([]);
});

test.for<[MediaFault, (line: Line) => boolean]>([
  [{ fault: "late-start", ms: 150 }, ({ call, socket }) => call.audio.streaming && socket.of("start").length === 1],
  [{ fault: "no-start" }, ({ app }) => app.sockets[0]?.of("connected").length === 1],
  [{ fault: "never-connect" }, ({ app, call }) => call.audio.streams[0]?.state === "over" && app.sockets.length === 0],
  [{ fault: "duplicate-start" }, ({ socket }) => socket.of("start").length === 2],
  [{ fault: "wrong-call" }, ({ socket, call }) => callSid(socket) !== undefined && callSid(socket) !== call.sid],
  [{ fault: "drop", afterMs: 60 }, ({ socket }) => socket.closeCode === 1006 && socket.of("stop").length === 0],
  [{ fault: "reorder", every: 3, by: 2 }, ({ socket }) => chunks(socket).slice(0, 6).join() === "1,2,4,5,3,7"],
  [{ fault: "lose", every: 2 }, ({ socket }) => chunks(socket).slice(0, 3).join() === "1,3,5"],
  [{ fault: "garbage", every: 2, kind: "text" }, ({ socket }) => socket.strange.length >= 2],
  [{ fault: "garbage", every: 2, kind: "binary" }, ({ socket }) => socket.strange.length >= 2],
  [
    { fault: "garbage", every: 2, kind: "other-stream" },
    ({ socket }) => socket.of("media").some(({ streamSid }) => streamSid === "another-stream"),
  ],
  [
    { fault: "second-socket", afterMs: 50 },
    ({ app, call }) => app.sockets[1]?.path === streamPath && call.audio.streams[1]?.foreign === true,
  ],
])("fault %o does what it says", async ([fault, happened]) => {
  await using line = await streaming({ faults: [fault] });
  await expect.poll(() => happened(line)).toBe(true);
});

test("a stall holds frames back, and then they all come", async () => {
  await using line = await streaming({ faults: [{ fault: "stall", afterMs: 100, forMs: 200 }] });
  await line.emulator.waitFor(() => chunks(line.socket).length >= 20);
  expect(chunks(line.socket)).toEqual(Array.from(chunks(line.socket), (_, at) => at + 1));
});

test("lost marks never come back, also not at a clear", async () => {
  await using line = await streaming({ faults: [{ fault: "lose-marks" }] });
  line.mark("now");
  line.play(tone(1000));
  line.mark("later");
  line.clear();
  await line.emulator.waitFor(() => line.call.audio.streams[0]?.received.clear === 1);
  const frames = line.socket.of("media").length;
  await line.emulator.waitFor(() => line.socket.of("media").length > frames + 3);
  expect(line.socket.of("mark")).toEqual([]);
});

test("another process can have the callee speak, look at the audio and take the recording", async () => {
  await using line = await streaming();
  const at = `${line.emulator.url}/emulator/calls/last`;
  const send = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const reply = await fetch(
      `${at}/${path}`,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    );
    return (await reply.json()) as Record<string, unknown>;
  };
  expect(await send("speak", { ulaw: "%" })).toEqual({ error: "ulaw must be G.711 µ-law in base64" });
  expect(await send("speak", { ulaw: tone(60, 0x55).toString("base64") })).toEqual({ ok: true });
  await expect
    .poll(() => send("audio"))
    .toMatchObject({ streaming: true, speaking: false, said: [{ ms: 60 }], heard: [] });
  const { wav } = await send("recording");
  const file = Buffer.from(String(wav), "base64");
  expect([file.toString("latin1", 0, 4), file.filter((byte) => byte === 0x55).length]).toEqual(["RIFF", 480]);
  line.emulator.hangUp(line.call.sid);
  await line.emulator.waitFor(() => line.call.audio.streams[0]?.state === "over");
  expect(await send("speak", { ulaw: "AAAA" })).toEqual({ ok: false, reason: "no media stream is up" });
  expect(await send("video")).toEqual({ error: "of a call can be seen: audio, recording" });
});

function callSid(socket: MediaSocketSeen): unknown {
  return (socket.of("start")[0]?.["start"] as { callSid?: unknown } | undefined)?.callSid;
}

function chunks(socket: MediaSocketSeen): number[] {
  return socket.of("media").map(({ media }) => Number((media as { chunk: string }).chunk));
}
