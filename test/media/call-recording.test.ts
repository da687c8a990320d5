import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startCallRecording, type RecordingPorts } from "../../src/daemon/media/call-recording.ts";

let folder = "";
let at = 0;
let ends: { file: string; durationMs: number }[] = [];
let errors: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "voicecall-recording-"));
  at = 5000;
  ends = [];
  errors = [];
});

afterEach(() => rm(folder, { recursive: true }));

function ports(file: string): RecordingPorts {
  const nothing = (): void => undefined;
  const log = { info: nothing, warn: nothing, error: (_fields: unknown, message: string) => void errors.push(message) };
  return { callId: "call-1", file, maxBytes: 1e6, log, now: () => at, ended: (end) => void ends.push(end) };
}

const frame = (code: number): Uint8Array => new Uint8Array(160).fill(code);

test("the first words are recorded, although the file is not there yet when they are sent", async () => {
  const file = join(folder, "new", "call.wav");
  const recording = startCallRecording(ports(file));
  for (let n = 0; n < 50; n++) recording.us(frame(2));
  at += 20;
  recording.caller(frame(1));
  at += 980;
  await recording[Symbol.asyncDispose]();
  expect(ends).toMatchObject([{ file, durationMs: 1000 }]);
  const sound = (await readFile(file)).subarray(58);
  expect(sound.filter((_, n) => n % 2 === 1).every((code) => code === 2)).toBe(true);
  expect(sound.filter((_, n) => n % 2 === 0).filter((code) => code === 1)).toHaveLength(160);
});

test("a file that cannot be made is told once, and costs nothing but the recording", async () => {
  await writeFile(join(folder, "taken"), "");
  const recording = startCallRecording(ports(join(folder, "taken", "call.wav")));
  recording.us(frame(2));
  recording.cleared();
  await recording[Symbol.asyncDispose]();
  recording.caller(frame(1));
  expect({ ends, errors }).toEqual({ ends: [], errors: ["the call cannot be recorded"] });
});
