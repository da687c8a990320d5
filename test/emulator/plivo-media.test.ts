// Media sockets of the Plivo emulator: its messages, its signature, its checkpoints, and its strictness.
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { startPlivoEmulator, type PlivoEmulatedCall, type PlivoEmulator } from "../../src/emulator/index.ts";
import { startMediaApp, tone, type MediaApp, type MediaSocketSeen } from "./media-app.ts";
import { begun, heardMs, publicUrl, streamPath, streamUrl } from "./media-line.ts";

const { validateV3Signature } = createRequire(import.meta.url)("plivo/dist/utils/v3Security.js") as {
  validateV3Signature(method: string, uri: string, nonce: string, token: string, signature: string): boolean;
};

const stream = (attributes = 'keepCallAlive="true"', path = "") =>
  `<Stream bidirectional="true" ${attributes} audioTrack="inbound" contentType="audio/x-mulaw;rate=8000">${streamUrl}${path}</Stream>`;

interface Line extends AsyncDisposable {
  plivo: PlivoEmulator;
  app: MediaApp;
  call: PlivoEmulatedCall;
  socket: MediaSocketSeen;
  say(event: string, content?: object): void;
  play(ulaw: Buffer): void;
}

async function incoming(xml: string, refuses?: number): Promise<Omit<Line, "socket" | "say" | "play">> {
  const document = () => `<Response>${xml}</Response>`;
  const app = await startMediaApp({ document, ...(refuses !== undefined && { refuses }) });
  const plivo = await startPlivoEmulator({ routes: [{ public: publicUrl, target: app.url }] });
  const call = plivo.inbound({ from: "+15550000002", to: "+15550000001", answerUrl: `${publicUrl}/answer` });
  return {
    plivo,
    app,
    call,
    async [Symbol.asyncDispose]() {
      await plivo[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

async function streaming(xml = stream()): Promise<Line> {
  const line = await incoming(xml);
  const socket = await begun(line.plivo, line.app);
  const streamId = line.call.audio.streams[0]?.streamId;
  const say = (event: string, content: object = {}) => socket.send({ event, streamId, ...content });
  return {
    ...line,
    socket,
    say,
    play: (ulaw) =>
      say("playAudio", {
        media: { contentType: "audio/x-mulaw", sampleRate: 8000, payload: ulaw.toString("base64") },
      }),
  };
}

test("says start and 20 ms frames in Plivo's shapes, over an upgrade that its own SDK verifies in the http form", async () => {
  await using line = await streaming(stream(undefined, "?t=1"));
  const { socket, plivo, call } = line;
  const streamId = call.audio.streams[0]?.streamId;
  expect(socket.path).toBe(`${streamPath}?t=1`);
  const { headers } = socket;
  const signed = validateV3Signature(
    "GET",
    `http://voice.example.test${streamPath}?t=1`,
    String(headers["x-plivo-signature-v3-nonce"]),
    plivo.authToken,
    String(headers["x-plivo-signature-v3"]),
  );
  expect(signed).toBe(true);
  expect(socket.messages[0]).toEqual({
    sequenceNumber: 0,
    event: "start",
    start: {
      callId: call.callUuid,
      streamId,
      accountId: plivo.authId,
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 },
    },
    extra_headers: "{}",
  });
  await plivo.waitFor(() => socket.of("media").length > 0);
  const payload = Buffer.alloc(160, 0xff).toString("base64");
  expect(socket.messages[1]).toEqual({
    sequenceNumber: 1,
    streamId,
    event: "media",
    media: { track: "inbound", timestamp: "0", chunk: 1, payload },
    extra_headers: "{}",
  });
});

test("tells of a checkpoint when it was played, and of a clear; checkpoints that waited never come", async () => {
  await using line = await streaming();
  line.play(tone(100));
  line.say("checkpoint", { name: "first" });
  line.play(tone(3000));
  line.say("checkpoint", { name: "never" });
  await line.plivo.waitFor(() => line.socket.of("playedStream").length === 1);
  line.say("clearAudio");
  await line.plivo.waitFor(() => line.socket.of("clearedAudio").length === 1);
  expect(heardMs(line.call.audio)).toBeLessThan(1000);
  line.play(tone(20));
  line.say("checkpoint", { name: "after" });
  await line.plivo.waitFor(() => line.socket.of("playedStream").length === 2);
  expect(line.socket.of("playedStream").map(({ name }) => name)).toEqual(["first", "after"]);
});

test("keys go both ways over the socket", async () => {
  await using line = await streaming();
  expect(line.plivo.press(line.call.callUuid, "7")).toBe(true);
  await line.plivo.waitFor(() => line.socket.of("dtmf").length === 1);
  expect(line.socket.of("dtmf")[0]).toMatchObject({ dtmf: { track: "inbound", digit: "7" } });
  line.say("sendDTMF", { dtmf: "12#" });
  await line.plivo.waitFor(() => line.call.digits === "12#");
});

test("with keepCallAlive the document goes on when the program closes; there is no stop", async () => {
  await using line = await streaming(`${stream()}<Speak>Below</Speak>`);
  line.socket.close();
  await line.plivo.waitFor(() => line.call.endedAt !== null);
  expect(line.call.heard).toMatchObject([{ text: "Below" }]);
  expect(line.socket.of("stop")).toEqual([]);
});

test("without keepCallAlive the call ends with its document, and the stream with it", async () => {
  await using line = await incoming(stream(""));
  await line.plivo.waitFor(() => line.call.endedAt !== null);
  expect(line.call.hangupCauseCode).toBe(4010);
  await line.plivo.waitFor(() => line.call.audio.streams.every(({ state }) => state === "over"));
});

test("a socket that is refused is tried three times, then the document goes on", async () => {
  await using line = await incoming(`${stream()}<Speak>Below</Speak>`, 401);
  await line.plivo.waitFor(() => line.call.endedAt !== null);
  expect(line.call.audio.streams.map(({ refusedWith }) => refusedWith)).toEqual([401, 401, 401]);
  expect(line.call.heard).toMatchObject([{ text: "Below" }]);
});

test.for<[string, string, object, string]>([
  [
    "another format",
    "playAudio",
    { media: { contentType: "audio/x-l16", sampleRate: 8000, payload: "AAAA" } },
    "format",
  ],
  ["no base64", "playAudio", { media: { contentType: "audio/x-mulaw", sampleRate: 8000, payload: "?" } }, "base64"],
  ["another stream's clear", "clearAudio", { streamId: "other" }, "another stream"],
  ["a checkpoint without a name", "checkpoint", {}, "without a name"],
  ["keys that are none", "sendDTMF", { dtmf: "hello" }, "keys"],
  ["Twilio's words", "clear", {}, "does not know"],
])("%s is listed, and the stream goes on", async ([, event, content, warning]) => {
  await using line = await streaming();
  line.say(event, content);
  await line.plivo.waitFor(() => line.call.audio.streams[0]?.received.nonsense === 1);
  expect(line.call.warnings).toEqual([expect.stringContaining(warning)]);
  expect(line.call.audio.streaming).toBe(true);
});

test("a message of more than 64 KB ends the stream", async () => {
  await using line = await streaming();
  line.play(tone(7000));
  await line.plivo.waitFor(() => line.call.audio.streams[0]?.state === "over");
  expect(line.call.warnings).toEqual([expect.stringContaining("too long")]);
});
