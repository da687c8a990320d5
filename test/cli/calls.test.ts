import { expect, test } from "vitest";
import { call, FakeVoiceCall, stored } from "../support/fake-voice-call.ts";
import { cli, json, jsonLines } from "./terminal.ts";

const { callId } = call;
const plain = { NO_COLOR: "1" };

test.for([
  [["call", "-t", "+15555550123", "-m", "Hello"], "place", { to: "+15555550123", message: "Hello", mode: undefined }],
  [["call", "--message", "Hello", "--mode", "notify"], "place", { to: undefined, message: "Hello", mode: "notify" }],
  [
    ["start", "--to", "+1555", "--mode", "conversation"],
    "place",
    { to: "+1555", message: undefined, mode: "conversation" },
  ],
] as const)("%j places a call", async ([argv, order, command]) => {
  const { out, err, code, voice } = await cli([...argv]);
  expect({ document: json(out), err, code }).toEqual({ document: { callId, initiated: true }, err: "", code: 0 });
  expect(voice.orders).toContainEqual([order, command]);
  expect(voice.disposed).toBe(true);
});

test.for([
  [["speak", "--call-id", callId, "--message", "Hi"], ["say", { callId, message: "Hi" }], { success: true }],
  [["dtmf", "--call-id", callId, "--digits", "1w#"], ["sendDigits", { callId, digits: "1w#" }], { success: true }],
  [["end", "--call-id", callId], ["hangUp", callId], { success: true }],
  [
    ["continue", "--call-id", callId, "-m", "When?"],
    ["ask", { callId, message: "When?" }],
    { success: true, transcript: "Tuesday." },
  ],
  [["status"], ["list"], { found: true, calls: [call] }],
  [["status", "--call-id", callId], ["get", callId], { found: true, call }],
  [
    ["mock", "inbound", "--from", "+1999", "--say", "Hi"],
    ["mock.inbound", { from: "+1999", say: "Hi" }],
    { callId, state: "ringing" },
  ],
  [["mock", "say", "--call-id", callId, "--text", "Hi"], ["mock.say", callId, "Hi"], { success: true }],
  [
    ["mock", "say", "--call-id", callId, "--wav", "/sounds/hello.wav", "--text", "Hi"],
    ["mock.sayAudio", callId, "/sounds/hello.wav", { text: "Hi" }],
    { success: true },
  ],
  [
    ["mock", "say", "--call-id", callId, "--wav", "/sounds/hello.wav"],
    ["mock.sayAudio", callId, "/sounds/hello.wav", {}],
    { success: true },
  ],
  [["mock", "digits", "--call-id", callId, "--digits", "1"], ["mock.digits", callId, "1"], { success: true }],
  [["mock", "hangup", "--call-id", callId], ["mock.hangUp", callId], { success: true }],
] as const)("%j", async ([argv, order, document]) => {
  const outside = await cli([...argv]);
  expect({ document: json(outside.out), err: outside.err, code: outside.code }).toEqual({ document, err: "", code: 0 });
  expect(outside.voice.orders).toContainEqual(order);

  const asked = await cli([...argv, "--json"], { tty: true, env: plain });
  expect(json(asked.out)).toEqual(document);

  const onTerminal = await cli([...argv], { tty: true, env: plain });
  expect(onTerminal.out).not.toMatch(/^\s*[{[]/);
  expect(onTerminal.out).not.toContain("\u001B");
  expect(onTerminal.out.trim()).not.toBe("");
  expect(onTerminal.code).toBe(0);
});

test("--config reaches the client", async () => {
  const { voice } = await cli(["status", "--config", "mine.json5"]);
  expect(voice.orders[0]).toEqual(["connect", { configFile: "mine.json5", onNotice: undefined }]);
});

test("a call in words: number in full, transcript without control characters", async () => {
  const { out } = await cli(["status", "--call-id", callId], { tty: true, env: plain });
  expect(out).toContain(`${callId}  → +15555550123`);
  expect(out).toMatch(/state +listening\n/);
  expect(out).toMatch(/answered +after 3 s\n/);
  expect(out).toMatch(/\d\d:\d\d:\d\d {2}bot {3}“Hello!”\n/);
  expect(out).toContain("user  “Hi [31mthere”");
});

test("no live call and no such call", async () => {
  const voice = new FakeVoiceCall();
  voice.live = [];
  voice.found = undefined;
  expect((await cli(["status"], { voice, tty: true })).out).toBe("No live calls.\n");
  const unknown = await cli(["status", "--call-id", "call-x"], { voice });
  expect({ document: json(unknown.out), code: unknown.code }).toEqual({ document: { found: false }, code: 4 });
  const tail = await cli(["tail", "--call-id", "call-x", "--json"], { voice });
  expect(tail).toMatchObject({ out: "", code: 4 });
  expect(json(tail.err)).toMatchObject({ error: { code: "NO_SUCH_CALL" } });
});

test.for([
  ["completed", "notify", 0],
  ["hangup-user", "notify", 1],
  ["hangup-user", "conversation", 0],
  ["hangup-bot", "conversation", 0],
  ["busy", "notify", 1],
  ["voicemail", "notify", 1],
] as const)("following a call to its end: %s in %s mode exits %i", async ([reason, mode, code]) => {
  const voice = new FakeVoiceCall();
  const events = [
    stored(1, { type: "call.ringing" }),
    stored(2, { type: "call.ended", reason }),
    stored(3, { type: "line.ready" }),
  ];
  voice.script = events;
  voice.calls.place = () => Promise.resolve({ ...call, mode });
  const ran = await cli(["call", "-m", "Hello", "--follow"], { voice });
  expect(ran.code).toBe(code);
  expect(jsonLines(ran.out)).toEqual([{ callId, initiated: true }, events[0], events[1]]);
});

test("following on a terminal tells it in words, with a progress line that is erased", async () => {
  const voice = new FakeVoiceCall();
  voice.script = [
    stored(1, {
      type: "call.requested",
      to: "+15555550123",
      from: "+15550001234",
      carrier: "mock",
      mode: "notify",
      message: "Dinner!",
    }),
    stored(2, { type: "call.placed", carrierCallId: "CA1", source: "reply" }),
    stored(3, { type: "call.ringing" }),
    stored(4, { type: "call.answered" }),
    stored(5, { type: "utterance.started", utteranceId: "u1" }),
    stored(6, { type: "call.ended", reason: "failed", message: "no route", carrierCode: "32005", hint: "try later" }),
  ];
  const { out, err, code } = await cli(["call", "-m", "Dinner!", "--follow"], { voice, tty: true, env: plain });
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ""));
  expect(lines).toEqual([
    "calling     → +15555550123 from +15550001234 through mock, notify",
    "ringing",
    "answered",
    "bot         “Dinner!”",
    "ended       failed: no route (carrier error 32005); try later",
  ]);
  expect(err).toContain("… ringing (0 s)");
  expect(err.endsWith("\r\u001B[2K")).toBe(true);
  expect(code).toBe(1);
});

test("Ctrl-C while following leaves the call alone", async () => {
  const voice = new FakeVoiceCall();
  voice.script = [stored(1, { type: "call.ringing" })];
  const ran = await cli(["call", "-m", "Hello", "--follow"], {
    voice,
    onStart: (interrupt) => (voice.onIdle = interrupt),
  });
  expect(ran.err).toContain(`The call goes on.`);
  expect(ran.err).toContain(`voicecall end --call-id ${callId}`);
  expect(ran.code).toBe(0);
  expect(voice.orders.map(([name]) => name)).not.toContain("hangUp");
});

test("Ctrl-C while waiting for an answer says that the question stays asked", async () => {
  const voice = new FakeVoiceCall();
  let press: () => void = () => undefined;
  voice.answer = () => {
    press();
    return new Promise(() => undefined);
  };
  const ran = await cli(["continue", "--call-id", callId, "-m", "When?", "--json"], {
    voice,
    onStart: (interrupt) => (press = interrupt),
  });
  expect(ran).toMatchObject({ out: "", code: 1 });
  expect(json(ran.err)).toMatchObject({
    error: { code: "ABORTED", message: "you stopped waiting; the question stays asked" },
  });
});

test("an answer by keys", async () => {
  const voice = new FakeVoiceCall();
  voice.answer = () => Promise.resolve({ transcript: "", digits: "42" });
  const argv = ["continue", "--call-id", callId, "-m", "Your code?"];
  expect(json((await cli(argv, { voice })).out)).toEqual({ success: true, transcript: "", digits: "42" });
  expect((await cli(argv, { voice, tty: true, env: plain })).out).toBe("user  pressed 42\n");
});

test("the daemon gets the whole path of a file that is named from here, and nothing is said of nothing", async () => {
  const { voice } = await cli(["mock", "say", "--call-id", callId, "--wav", "hello.wav"]);
  expect(voice.orders).toContainEqual(["mock.sayAudio", callId, `${process.cwd()}/hello.wav`, {}]);
  const silent = await cli(["mock", "say", "--call-id", callId]);
  expect(silent).toMatchObject({ code: 2, err: expect.stringContaining("--wav") });
});

test.each([
  [[], {}],
  [["--record"], { record: true }],
  [["--no-record"], { record: false }],
])("a call with %j is recorded as it says, else as the configuration does", async (options, order) => {
  const { voice } = await cli(["call", "-m", "Hi", ...options]);
  const started = await cli(["start", "--to", "+1", ...options]);
  for (const { orders } of [voice, started.voice]) {
    const [, placed] = orders.find(([name]) => name === "place") ?? [];
    expect(placed).toMatchObject(order);
    expect(Object.hasOwn(Object(placed), "record")).toBe("record" in order);
  }
});

test("latency as a table and as numbers", async () => {
  const { out, voice } = await cli(["latency", "--last", "50"], { tty: true });
  expect(out).toMatch(
    /^STAGE +COUNT +MIN MS +AVG MS +P50 MS +P95 MS +P99 MS +MAX MS\nreply +2 +10 +15 +12 +20 +20 +20 +█+░+\n/,
  );
  expect(voice.orders).toContainEqual(["latency", { last: 50 }]);
  expect(json((await cli(["latency"])).out)).toEqual(voice.stats);
  voice.stats = { turns: 0, stages: {} };
  expect((await cli(["latency"], { tty: true, voice })).out).toContain("No turns yet");
});

test("latency names the stages of a stream, and draws no bars where there is no room for them", async () => {
  const voice = new FakeVoiceCall();
  const stage = { count: 9, min: 1, avg: 2, p50: 20, p95: 40, p99: 60, max: 90 };
  voice.stats = { turns: 9, stages: { voiceLatency: { ...stage, p95: 80 }, firstByte: stage, unheardOf: stage } };
  const { out } = await cli(["latency"], { voice, tty: true, env: plain });
  expect(out).toMatch(/\nvoice latency .* 90 {2}█{6}░{17,18}\nfirst byte .* 90 {2}█{6}░{6}\nunheardOf /);
  expect(out).toContain("all of them: 80 ms.");
  const narrow = await cli(["latency"], { voice, tty: true, env: plain, columns: 70 });
  expect(narrow.out).not.toMatch(/[█░]/);
});

test("status shows through what a call is heard, who answered, its recording and the times of its last turns", async () => {
  const voice = new FakeVoiceCall();
  const times = { endDecided: 300, transcript: 350, offered: 351, firstToken: 700, toVoice: 720, firstByte: 900 };
  const turn = { speechEndedAt: 1_004_000, times: { ...times, firstFrame: 904.4, heard: 1100 } };
  voice.found = {
    ...call,
    streams: true,
    answeredBy: "machine",
    recording: { files: [{ file: "/state/recordings/a.wav", durationMs: 61_000 }] },
    turns: [{ ...turn, times: { endDecided: 1 } }, ...Array.from({ length: 5 }, () => turn)],
  };
  const shown = async (): Promise<string> =>
    (await cli(["status", "--call-id", callId], { voice, tty: true, env: plain })).out;
  const whole = await shown();
  expect(whole).toMatch(/audio +over a media stream\n/);
  expect(whole).toMatch(/answered by +a machine\n/);
  expect(whole).toMatch(/recorded +\/state\/recordings\/a.wav \(1 min 1 s\)\n/);
  const rows = whole.split("\n").filter((line) => /^ {2}\d\d:\d\d:\d\d +\d/.test(line));
  expect(rows.map((line) => line.trim().split(/ +/).slice(1))).toEqual(
    Array.from({ length: 5 }, () => ["904", "300", "50", "1", "349", "20", "180", "4", "196"]),
  );
  voice.found = { ...call, streamAbandoned: "no media stream came up in time", recording: { files: [] } };
  expect(await shown()).toMatch(
    /audio +by the carrier's own voice and recogniser: no media stream came up in time\n.*recorded +yes/s,
  );
});

test("status shows that the caller waits for an answer", async () => {
  const open = "open turn  the caller waits for an answer, for 5 s\n";
  const voice = new FakeVoiceCall();
  const shown = async (): Promise<string> =>
    (await cli(["status", "--call-id", callId], { voice, tty: true, env: plain })).out;
  expect(await shown()).toContain(open);
  voice.found = { ...call, state: "speaking" };
  expect(await shown()).not.toContain("open turn");
  voice.found = { ...call, state: "completed", endedAt: 1_006_000 };
  expect(await shown()).not.toContain("open turn");
});
