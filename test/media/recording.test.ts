import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readWav } from "../../src/daemon/media/wav.ts";
import { openRecording, Recording, type RecordingFile } from "../../src/daemon/media/recording.ts";

let folder = "";
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "recording-"))));
afterEach(() => rm(folder, { recursive: true }));

/** A file in memory; every write takes a turn of the event loop. */
class MemoryFile implements RecordingFile {
  bytes = Buffer.alloc(0);
  writes = 0;
  closed = false;
  /** Called before each write. */
  trouble: () => void | Promise<void> = () => undefined;
  /** Of each write, at most so many bytes are taken. */
  takes = Infinity;

  async write(bytes: Uint8Array, from: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    await setImmediate();
    await this.trouble();
    const taken = Math.min(length, this.takes);
    const larger = Buffer.alloc(Math.max(this.bytes.length, position + taken));
    larger.set(this.bytes);
    larger.set(bytes.subarray(from, from + taken), position);
    this.bytes = larger;
    this.writes += 1;
    return { bytesWritten: taken };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function ulawRecording(maxBytes = 1e9): { file: MemoryFile; recording: Recording } {
  const file = new MemoryFile();
  return { file, recording: new Recording(file, { law: "ulaw", maxBytes }) };
}

/** One side of the file, after checking that its header tells the truth. */
function side(file: Buffer, which: "caller" | "ours"): number[] {
  expect(file.toString("latin1", 0, 4) + file.toString("latin1", 8, 16)).toBe("RIFFWAVEfmt ");
  const soundBytes = file.readUInt32LE(54);
  expect(file.readUInt32LE(4)).toBe(50 + soundBytes);
  expect(file.readUInt32LE(46)).toBe(soundBytes / 2);
  expect(file.length).toBeGreaterThanOrEqual(58 + soundBytes);
  const sound = file.subarray(58, 58 + soundBytes);
  return Array.from(sound).filter((_, at) => at % 2 === (which === "caller" ? 0 : 1));
}

const frame = (value: number, length = 160): Uint8Array => new Uint8Array(length).fill(value);

test("two sides that come in bursts stand where they were heard, with silence where nothing was", async () => {
  const { file, recording } = ulawRecording();
  recording.write("ours", 8000, frame(2, 16_000));
  for (let n = 0; n < 300; n++) recording.write("caller", n * 160, frame(1));
  recording.write("ours", 40_000, frame(3));
  const end = await recording.finish();
  const [caller, ours] = [side(file.bytes, "caller"), side(file.bytes, "ours")];
  expect(caller).toEqual(Array(48_000).fill(1));
  expect(ours.slice(0, 8000)).toEqual(Array(8000).fill(0xff));
  expect(ours.slice(8000, 24_000)).toEqual(Array(16_000).fill(2));
  expect(ours.slice(24_000, 40_000)).toEqual(Array(16_000).fill(0xff));
  expect(ours.slice(40_000, 40_160)).toEqual(Array(160).fill(3));
  expect(end).toEqual({ durationMs: 6000, bytes: 58 + 96_000, shortened: undefined, error: undefined });
  expect(file.closed).toBe(true);
});

test("what was sent but not heard is not in the recording, and does not make it longer", async () => {
  const { file, recording } = ulawRecording();
  recording.write("caller", 0, frame(1, 4000));
  recording.write("ours", 0, frame(2, 16_000));
  recording.cut("ours", 3000);
  recording.write("ours", 3500, frame(4));
  await recording.finish();
  expect(side(file.bytes, "caller")).toEqual(Array(4000).fill(1));
  const ours = side(file.bytes, "ours");
  expect(ours.slice(0, 3000)).toEqual(Array(3000).fill(2));
  expect(ours.slice(3000, 3500)).toEqual(Array(500).fill(0xff));
  expect(ours.slice(3500, 3660)).toEqual(Array(160).fill(4));
});

test("after a crash the file is valid, and lacks only the last seconds", async () => {
  const path = join(folder, "call.wav");
  const recording = await openRecording(path, { law: "ulaw", maxBytes: 1e9 });
  expect(side(await readFile(path), "caller")).toEqual([]);
  for (let n = 0; n < 1000; n++) recording.write("caller", n * 160, frame(1));
  let saved: number[] = [];
  while (saved.length < 120_000) saved = side(await readFile(path), "caller");
  expect(saved).toEqual(Array(saved.length).fill(1));
  await recording.finish();
  expect(side(await readFile(path), "caller")).toHaveLength(160_000);
});

test("only its owner can read a recording, and none is written over", async () => {
  const path = join(folder, "call.wav");
  const recording = await openRecording(path, { law: "alaw", maxBytes: 1e9 });
  await recording.finish();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(openRecording(path, { law: "alaw", maxBytes: 1e9 })).rejects.toMatchObject({ code: "EEXIST" });
});

test("an A-law call is recorded in A-law, its silence too", async () => {
  const path = join(folder, "call.wav");
  const recording = await openRecording(path, { law: "alaw", maxBytes: 1e9 });
  recording.write("caller", 100, frame(7));
  await recording.finish();
  const file = await readFile(path);
  expect(file.readUInt16LE(20)).toBe(6);
  expect(readWav(file)).toMatchObject({ sampleRate: 8000, samples: { length: 260 } });
  expect(side(file, "caller").slice(0, 101)).toEqual([...Array(100).fill(0xd5), 7]);
});

test("the file ends cleanly at its limit, however long the call is", async () => {
  const { file, recording } = ulawRecording(20_059);
  for (let n = 0; n < 2000; n++) {
    recording.write("caller", n * 160, frame(1));
    if (n % 50 === 0) await setImmediate();
  }
  const end = await recording.finish();
  expect(end).toMatchObject({ bytes: 20_058, durationMs: 1250, shortened: "full" });
  expect(file.bytes).toHaveLength(20_058);
  expect(side(file.bytes, "caller")).toEqual(Array(10_000).fill(1));
});

test.each(["throws", "takes half"])("a disk that %s ends the recording, not the call", async (kind) => {
  const { file, recording } = ulawRecording();
  const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
  for (let n = 0; n < 1000; n++) {
    recording.write("caller", n * 160, frame(1));
    if (n % 50 === 0) await setImmediate();
    if (n !== 500) continue;
    if (kind === "takes half") file.takes = 100;
    else file.trouble = () => Promise.reject(full);
  }
  const end = await recording.finish();
  expect(end.shortened).toBe("failed");
  expect(end.error).toBeInstanceOf(Error);
  expect(side(file.bytes, "caller")).toHaveLength(end.durationMs * 8);
  expect(file.closed).toBe(true);
});

test("a disk that stands still holds back no frame and no more than two minutes of sound", async () => {
  const { file, recording } = ulawRecording();
  const { promise: moves, resolve: move } = Promise.withResolvers<void>();
  file.trouble = () => moves;
  for (let n = 0; n < 10_000; n++) recording.write("caller", n * 160, frame(1));
  await setImmediate();
  expect(file.writes).toBe(0);
  move();
  await recording.finish();
  expect(side(file.bytes, "caller").length).toBeLessThanOrEqual(121 * 8000);
});

test("a place far beyond the call neither fills the memory nor stretches the file", async () => {
  const { file, recording } = ulawRecording();
  recording.write("caller", 0, frame(1));
  recording.write("ours", 1e12, frame(2));
  recording.write("ours", -1e12, frame(2));
  await recording.finish();
  expect(side(file.bytes, "caller")).toEqual(Array(160).fill(1));
});

test("a piece that comes when its place is on the disk keeps the part that still fits", async () => {
  const { file, recording } = ulawRecording();
  recording.write("caller", 0, frame(1, 48_000));
  while (file.writes < 4) await setImmediate();
  recording.write("ours", 0, frame(2, 20_000));
  await recording.finish();
  const ours = side(file.bytes, "ours");
  const from = ours.indexOf(2);
  expect(from % 8000).toBe(0);
  expect(ours.slice(from, 20_000)).toEqual(Array(20_000 - from).fill(2));
  expect(ours.slice(20_000)).toEqual(Array(28_000).fill(0xff));
});
