// The emulated recognisers, driven by plain sockets: they are as strict as the services, and hear real audio.
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { startDeepgramEmulator, startElevenLabsEmulator, startOpenAiEmulator } from "../../src/emulator/index.ts";

type Message = Record<string, unknown>;

interface Client extends Disposable {
  readonly messages: Message[];
  send(message: Message | Uint8Array): void;
  until(condition: (messages: Message[]) => boolean): Promise<void>;
}

const ws = (url: string): string => url.replace(/^http/, "ws");

function open(url: string, headers: Record<string, string>): Promise<Client> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  const messages: Message[] = [];
  socket.on("message", (text: Buffer) => messages.push(JSON.parse(text.toString())));
  return new Promise((resolve, reject) => {
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      reject(new Error(`HTTP ${response.statusCode}`));
    });
    socket.once("error", reject);
    socket.once("open", () =>
      resolve({
        messages,
        send: (message) => socket.send(message instanceof Uint8Array ? message : JSON.stringify(message)),
        until: (condition) => expect.poll(() => condition(messages)).toBe(true),
        [Symbol.dispose]: () => socket.terminate(),
      }),
    );
  });
}

const typesOf = (messages: Message[]): unknown[] => messages.map(({ type }) => type);
const loud = (ms: number): string => Buffer.alloc(ms * 8, "\x1c\x9c", "latin1").toString("base64");
const quiet = (ms: number): string => Buffer.alloc(ms * 8, 0xff).toString("base64");

function settings(input: Message): Message {
  return { type: "session.update", session: { type: "transcription", audio: { input } } };
}

const right = { format: { type: "audio/pcmu" }, transcription: { model: "gpt-transcribe" } };

test.for([
  ["the wrong key", { Authorization: "Bearer sk-other" }, 401],
  ["the beta's shapes", { Authorization: "Bearer sk-right", "OpenAI-Beta": "realtime=v1" }, 400],
] as const)("OpenAI refuses %s", async ([, headers, status]) => {
  await using emulator = await startOpenAiEmulator({ apiKey: "sk-right" });
  const refused = open(`${ws(emulator.url)}/realtime?intent=transcription`, headers);
  await expect(refused).rejects.toThrow(`HTTP ${status}`);
  expect(emulator.hearing.sessions).toEqual([]);
  expect(emulator.hearing.complaints).toHaveLength(1);
});

test("paths that no service has are not found", async () => {
  await using emulator = await startOpenAiEmulator();
  const headers = { Authorization: `Bearer ${emulator.apiKey}` };
  await expect(open(`${ws(emulator.url)}/realtime`, headers)).rejects.toThrow("HTTP 404");
  expect((await fetch(`${emulator.url}/models`)).status).toBe(404);
});

test.for([
  ["another format", { ...right, format: { type: "audio/pcm", rate: 24_000 } }],
  ["an unknown model", { ...right, transcription: { model: "gpt-hears-all" } }],
  ["a region", { ...right, transcription: { model: "gpt-transcribe", language: "en-US" } }],
  [
    "a VAD where there is none",
    { ...right, transcription: { model: "gpt-live-transcribe" }, turn_detection: { type: "server_vad" } },
  ],
  ["a prompt for whisper", { ...right, transcription: { model: "gpt-realtime-whisper", prompt: "x" } }],
  ["a field of the beta", { ...right, input_audio_format: "g711_ulaw" }],
] as const)("OpenAI's session does not take %s", async ([, input]) => {
  await using emulator = await startOpenAiEmulator();
  using client = await openAi(emulator);
  client.send(settings(input));
  await client.until((messages) => messages.length === 2);
  expect(typesOf(client.messages)).toEqual(["session.created", "error"]);
  expect(emulator.hearing.complaints).toHaveLength(1);
});

function openAi({ url, apiKey }: { url: string; apiKey: string }): Promise<Client> {
  return open(`${ws(url)}/realtime?intent=transcription`, { Authorization: `Bearer ${apiKey}` });
}

test("OpenAI's order of events in a turn with its VAD", async () => {
  await using emulator = await startOpenAiEmulator();
  emulator.hearing.say("good morning");
  using client = await openAi(emulator);
  client.send(settings(right));
  for (const audio of [quiet(300), loud(400), quiet(500)]) client.send({ type: "input_audio_buffer.append", audio });
  await client.until((messages) => messages.length === 8);
  const item = "conversation.item.input_audio_transcription";
  expect(typesOf(client.messages)).toEqual([
    "session.created",
    "session.updated",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    `${item}.delta`,
    `${item}.completed`,
  ]);
  expect(client.messages[3]).toMatchObject({ audio_end_ms: 1200, item_id: "item_0" });
  expect(client.messages[7]).toMatchObject({ transcript: "good morning", item_id: "item_0" });
});

test("OpenAI refuses to transcribe less than 100 ms", async () => {
  await using emulator = await startOpenAiEmulator();
  using client = await openAi(emulator);
  client.send(settings({ ...right, transcription: { model: "gpt-live-transcribe" } }));
  client.send({ type: "input_audio_buffer.append", audio: loud(80) });
  client.send({ type: "input_audio_buffer.commit" });
  await client.until((messages) => messages.some(({ type }) => type === "error"));
  expect(client.messages.at(-1)).toMatchObject({ error: { code: "input_audio_buffer_commit_empty" } });
  expect(emulator.hearing.complaints).toEqual([]);
});

test("a click is no speech, and neither is a hum below the threshold", async () => {
  await using emulator = await startOpenAiEmulator({ hearing: { loudness: 2000 } });
  using client = await openAi(emulator);
  client.send(settings(right));
  const hum = Buffer.alloc(8000, "\x5c\xdc", "latin1").toString("base64");
  for (const audio of [loud(20), quiet(600), hum]) client.send({ type: "input_audio_buffer.append", audio });
  client.send({ type: "unknown" });
  await client.until((messages) => messages.some(({ type }) => type === "error"));
  expect(typesOf(client.messages)).toEqual(["session.created", "session.updated", "error"]);
});

test("each session is heard on its own", async () => {
  await using emulator = await startOpenAiEmulator({
    hearing: { understand: ({ session, turn }) => `session ${session}, turn ${turn}` },
  });
  const clients = await Promise.all([openAi(emulator), openAi(emulator)]);
  for (const client of clients) {
    client.send(settings(right));
    for (let turn = 0; turn < 2; turn += 1) {
      client.send({ type: "input_audio_buffer.append", audio: loud(300) });
      client.send({ type: "input_audio_buffer.append", audio: quiet(600) });
    }
  }
  const texts = (client: Client): unknown[] => client.messages.flatMap(({ transcript }) => transcript ?? []);
  await expect.poll(() => clients.flatMap(texts).length).toBe(4);
  // Which of them is the first is not said.
  const [first, second] = clients.map((client) => texts(client).join("; ").replaceAll("session ", ""));
  expect([first, second]).toContain("0, turn 0; 0, turn 1");
  expect([first, second]).toContain("1, turn 0; 1, turn 1");
  for (const client of clients) client[Symbol.dispose]();
});

test.for([
  ["linear audio", "encoding=linear16&sample_rate=8000&model=nova-3"],
  ["no model", "encoding=mulaw&sample_rate=8000"],
  ["a pause that is too short", "encoding=mulaw&sample_rate=8000&model=nova-3&utterance_end_ms=500"],
] as const)("Deepgram's Nova refuses %s", async ([, query]) => {
  await using emulator = await startDeepgramEmulator();
  const headers = { Authorization: `Token ${emulator.apiKey}` };
  await expect(open(`${ws(emulator.url)}/v1/listen?${query}`, headers)).rejects.toThrow("HTTP 400");
});

test("Deepgram's Flux knows no KeepAlive and no language", async () => {
  await using emulator = await startDeepgramEmulator();
  const headers = { Authorization: `Token ${emulator.apiKey}` };
  const url = `${ws(emulator.url)}/v2/listen?encoding=mulaw&sample_rate=8000&model=flux-general-en`;
  await expect(open(`${url}&language=en`, headers)).rejects.toThrow("HTTP 400");
  await expect(open(`${url}&language_hint=en`, headers)).rejects.toThrow("HTTP 400");
  using client = await open(url, headers);
  client.send({ type: "KeepAlive" });
  await client.until((messages) => messages.some(({ type }) => type === "Error"));
  expect(emulator.flux.complaints.at(-1)).toBe("unknown message KeepAlive");
});

test("ElevenLabs refuses what is not a chunk, and commits of too little", async () => {
  await using emulator = await startElevenLabsEmulator();
  const headers = { "xi-api-key": emulator.apiKey };
  const path = `${ws(emulator.url)}/v1/speech-to-text/realtime?model_id=scribe_v2_realtime&audio_format=ulaw_8000`;
  await expect(open(path, headers)).rejects.toThrow("HTTP 400");
  await expect(open(`${path}&commit_strategy=vad`, {})).rejects.toThrow("HTTP 401");
  using client = await open(`${path}&commit_strategy=manual`, headers);
  client.send({ message_type: "input_audio_chunk", audio_base_64: loud(200), commit: true });
  client.send({ message_type: "input_audio_chunk", audio: loud(200) });
  client.send(Uint8Array.of(1));
  await client.until((messages) => messages.length === 3);
  expect(client.messages.map((message) => message["message_type"])).toEqual([
    "session_started",
    "commit_throttled",
    "input_error",
  ]);
  await expect.poll(() => emulator.hearing.complaints.length).toBe(4);
});
