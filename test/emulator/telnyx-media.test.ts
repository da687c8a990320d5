// Media sockets of the Telnyx emulator: commands, webhooks, messages, A-law, swapped frames, and its complaints.
import { expect, test } from "vitest";
import {
  startTelnyxEmulator,
  type MediaFault,
  type TelnyxCallView,
  type TelnyxEmulator,
  type TelnyxEmulatorOptions,
} from "../../src/emulator/index.ts";
import { startMediaApp, tone, type MediaApp, type MediaSocketSeen } from "./media-app.ts";
import { begun, heardMs, publicUrl, streamPath, streamUrl } from "./media-line.ts";

interface Line extends AsyncDisposable {
  telnyx: TelnyxEmulator;
  app: MediaApp;
  call: TelnyxCallView;
  /** Gives a command; the status of the answer. */
  order(action: string, body?: object): Promise<number>;
}

const rtp = { stream_url: streamUrl, stream_track: "inbound_track", stream_bidirectional_mode: "rtp" };

async function answered(
  options: TelnyxEmulatorOptions & { faults?: MediaFault[]; refuses?: number } = {},
): Promise<Line> {
  const { faults = [], refuses, ...rest } = options;
  const app = await startMediaApp(refuses === undefined ? {} : { refuses });
  const routes = [{ public: publicUrl, target: app.url }];
  const telnyx = await startTelnyxEmulator({ routes, webhookUrl: `${publicUrl}/hooks`, ...rest });
  telnyx.faults({ media: faults });
  const call = telnyx.inbound({ from: "+15550000002", to: "+15550000001" });
  const order = async (action: string, body: object = {}): Promise<number> => {
    const response = await fetch(`${telnyx.url}/calls/${encodeURIComponent(call.callControlId)}/actions/${action}`, {
      method: "POST",
      headers: { authorization: `Bearer ${telnyx.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  };
  expect(await order("answer")).toBe(200);
  return {
    telnyx,
    app,
    call,
    order,
    async [Symbol.asyncDispose]() {
      await telnyx[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

async function streaming(
  options: Parameters<typeof answered>[0] = {},
): Promise<Line & { socket: MediaSocketSeen; play(ulaw: Buffer): void }> {
  const line = await answered(options);
  expect(await line.order("streaming_start", rtp)).toBe(200);
  const socket = await begun(line.telnyx, line.app);
  return {
    ...line,
    socket,
    play: (bytes) => socket.send({ event: "media", media: { payload: bytes.toString("base64") } }),
  };
}

function told(call: TelnyxCallView): string[] {
  return call.webhooks.map(({ event }) => event).filter((event) => event.startsWith("streaming."));
}

test("a command opens a socket without a signature; connected, start and 20 ms frames are Telnyx's", async () => {
  await using line = await streaming();
  const { socket, call, telnyx } = line;
  expect(socket.path).toBe(streamPath);
  expect(Object.keys(socket.headers).filter((name) => name.includes("signature"))).toEqual([]);
  const stream_id = call.audio.streams[0]?.streamId;
  expect(socket.messages.slice(0, 2)).toEqual([
    { event: "connected", version: "1.0.0" },
    {
      event: "start",
      sequence_number: "1",
      start: {
        user_id: expect.any(String),
        call_control_id: call.callControlId,
        call_session_id: call.callSessionId,
        from: call.from,
        to: call.to,
        tags: [],
        client_state: null,
        media_format: { encoding: "PCMU", sample_rate: 8000, channels: 1 },
      },
      stream_id,
    },
  ]);
  await telnyx.waitFor(() => socket.of("media").length > 0 && told(call).length === 1);
  const payload = Buffer.alloc(160, 0xff).toString("base64");
  expect(socket.of("media")[0]).toEqual({
    event: "media",
    sequence_number: "2",
    media: { track: "inbound", chunk: "1", timestamp: "0", payload },
    stream_id,
  });
  expect(told(call)).toEqual(["streaming.started"]);
});

test("one stream a call, no carrier's speech meanwhile; both after the stop, which is told", async () => {
  await using line = await streaming();
  const speak = { payload: "Hello", voice: "female", language: "en-US" };
  expect(await line.order("streaming_start", rtp)).toBe(422);
  expect(await line.order("speak", speak)).toBe(422);
  expect(await line.order("streaming_stop")).toBe(200);
  expect(await line.order("streaming_stop")).toBe(422);
  expect(await line.order("speak", speak)).toBe(200);
  await line.telnyx.waitFor(() => told(line.call).length === 2);
  expect(told(line.call)).toEqual(["streaming.started", "streaming.stopped"]);
  expect(line.socket.messages.at(-1)).toMatchObject({ event: "stop" });
});

test("a refused socket is told as failed", async () => {
  await using line = await answered({ refuses: 403 });
  await line.order("streaming_start", rtp);
  await line.telnyx.waitFor(() => told(line.call).length === 1);
  expect(told(line.call)).toEqual(["streaming.failed"]);
  expect(line.call.audio.streams).toMatchObject([{ refusedWith: 403 }]);
});

test("a socket that the program closes is told as stopped", async () => {
  await using line = await streaming();
  line.socket.close();
  await line.telnyx.waitFor(() => told(line.call).length === 2);
  expect(told(line.call)).toEqual(["streaming.started", "streaming.stopped"]);
});

test.for([
  ["no URL", { ...rtp, stream_url: undefined }],
  ["an https URL", { ...rtp, stream_url: "https://voice.example.test/" }],
  ["MP3, the default mode", { ...rtp, stream_bidirectional_mode: undefined }],
  ["another codec", { ...rtp, stream_codec: "L16" }],
  ["both tracks", { ...rtp, stream_track: "both_tracks" }],
] as const)("a stream with %s is refused", async ([, body]) => {
  await using line = await answered();
  expect(await line.order("streaming_start", body)).toBe(422);
  expect(line.call.audio.streams).toEqual([]);
});

test("marks come back when played, and at once at a clear", async () => {
  await using line = await streaming();
  line.play(tone(60));
  line.socket.send({ event: "mark", mark: { name: "first" } });
  line.play(tone(3000));
  line.socket.send({ event: "mark", mark: { name: "second" } });
  await line.telnyx.waitFor(() => line.socket.of("mark").length === 1);
  line.socket.send({ event: "clear" });
  await line.telnyx.waitFor(() => line.socket.of("mark").length === 2);
  expect(line.socket.of("mark").map(({ mark }) => mark)).toEqual([{ name: "first" }, { name: "second" }]);
  expect(heardMs(line.call.audio)).toBeLessThan(1000);
});

test("a leg that speaks A-law sends and plays A-law", async () => {
  await using line = await streaming({ streamEncoding: "PCMA" });
  await line.telnyx.waitFor(() => line.socket.of("media").length > 0);
  expect(line.socket.of("start")[0]).toMatchObject({ start: { media_format: { encoding: "PCMA" } } });
  const media = line.socket.of("media")[0]?.["media"] as { payload: string };
  // Both are zero, as each law writes it.
  expect(Buffer.from(media.payload, "base64")).toEqual(Buffer.alloc(160, 0xd5));
  line.play(Buffer.alloc(160, 0xd5 ^ 0x7f));
  await line.telnyx.waitFor(() => heardMs(line.call.audio) === 20);
  const [heard] = line.call.audio.hear();
  expect(new Set(heard?.ulaw).size).toBe(1);
  expect(heard?.ulaw[0]).toBeLessThan(0x80 + 0x08);
});

test("frames come swapped when told to, and their numbers say so", async () => {
  await using line = await streaming({ faults: [{ fault: "reorder", every: 4, by: 1 }] });
  await line.telnyx.waitFor(() => line.socket.of("media").length >= 9);
  const chunks = line.socket.of("media").map(({ media }) => (media as { chunk: string }).chunk);
  expect(chunks.slice(0, 9).join()).toBe("1,2,3,5,4,6,7,9,8");
});

test.for<[string, unknown, number]>([
  ["no JSON", "{", 100_003],
  ["an event of another carrier", { event: "playAudio" }, 100_003],
  ["a frame shorter than 20 ms", { event: "media", media: { payload: tone(10).toString("base64") } }, 100_004],
  ["a frame longer than 30 s", { event: "media", media: { payload: tone(30_020).toString("base64") } }, 100_004],
  ["no base64", { event: "media", media: { payload: "*" } }, 100_004],
])("%s is complained of over the socket, which stays", async ([, message, code]) => {
  await using line = await streaming();
  if (typeof message === "string") line.socket.raw(message);
  else line.socket.send(message);
  await line.telnyx.waitFor(() => line.socket.of("error").length === 1);
  expect(line.socket.of("error")).toMatchObject([{ payload: { code } }]);
  expect(line.call.audio.streaming).toBe(true);
});

test("keys come over the socket and by webhook", async () => {
  await using line = await streaming();
  line.telnyx.press(line.call.callControlId, "5");
  await line.telnyx.waitFor(() => line.call.webhooks.some(({ event }) => event === "call.dtmf.received"));
  await line.telnyx.waitFor(() => line.socket.of("dtmf").length === 1);
  expect(line.socket.of("dtmf")).toMatchObject([{ dtmf: { digit: "5" } }]);
});

test("what the callee says while the stream is being ended is dropped, and nobody waits for it", async () => {
  await using line = await streaming({ faults: [{ fault: "late-close", ms: 200 }] });
  expect(await line.order("streaming_stop")).toBe(200);
  await line.telnyx.waitFor(() => line.socket.of("stop").length === 1);
  expect(await line.call.audio.speak(tone(2000))).toBe(false);
});
