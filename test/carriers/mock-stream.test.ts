// Live audio on the mock: a socket inside this process, whose callee hears at its own pace and speaks in frames of 20 ms.
import { expect, test } from "vitest";
import type { MediaSocket, StreamCodec, StreamEvent } from "../../src/daemon/carriers/media.ts";
import type { Leg } from "../../src/daemon/carriers/carrier.ts";
import { mock, type MockUnderTest, signal } from "./mock-fixture.ts";

interface NearEnd {
  leg: Leg;
  codec: StreamCodec;
  socket: MediaSocket;
  events: (StreamEvent | undefined)[];
  closed: number[];
  play(ulaw: Buffer): void;
  marks(): string[];
  /** The audio that came, without silence. */
  audio(): Buffer;
}

const sound = (ms: number, byte: number): Buffer => Buffer.alloc(ms * 8, byte);

async function attach({ carrier }: MockUnderTest, leg: Leg): Promise<NearEnd> {
  const { media } = carrier;
  if (media === undefined) throw new Error("no media");
  const url = (): string => {
    throw new Error("a URL is not needed");
  };
  const socket = await media.attach(leg, url, signal);
  if (socket === undefined) throw new Error("no socket");
  const codec = media.codec();
  const events: (StreamEvent | undefined)[] = [];
  const closed: number[] = [];
  socket.listen({
    message: (frame) => void events.push(codec.decode(frame)),
    closed: (code) => void closed.push(code),
  });
  return {
    leg,
    codec,
    socket,
    events,
    closed,
    play: (ulaw) => socket.send(codec.audio(ulaw.toString("base64"))),
    marks: () => events.flatMap((event) => (event?.type === "mark" ? [event.name] : [])),
    audio: () =>
      Buffer.concat(
        events.flatMap((event) => (event?.type === "audio" ? [Buffer.from(event.payload, "base64")] : [])),
      ).filter((byte) => byte !== 0xff) as Buffer,
  };
}

test("says start for its leg, then 20 ms frames in order and in time", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  expect(near.events).toEqual([]);
  await line.clock.advance(100);
  const [start, ...frames] = near.events;
  expect(start).toEqual({
    type: "start",
    streamId: "stream-1",
    carrierCallId: near.leg.carrierCallId,
    encoding: "PCMU",
  });
  expect(frames.map((event) => event?.type === "audio" && [event.chunk, event.timestampMs])).toEqual([
    [1, 0],
    [2, 20],
    [3, 40],
    [4, 60],
    [5, 80],
  ]);
});

test("plays at its own pace: marks come back when their time has come, and what was heard is what was played", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  await line.clock.advance(40);
  near.play(sound(100, 1));
  near.socket.send(near.codec.mark("first"));
  near.play(sound(100, 2));
  near.socket.send(near.codec.mark("second"));
  await line.clock.advance(80);
  expect(near.marks()).toEqual([]);
  expect(Buffer.concat(line.carrier.line.heardAudio(near.leg.carrierCallId).map(({ ulaw }) => ulaw))).toEqual(
    sound(80, 1),
  );
  await line.clock.advance(40);
  expect(near.marks()).toEqual(["first"]);
  await line.clock.advance(100);
  expect(near.marks()).toEqual(["first", "second"]);
  expect(line.carrier.line.heardAudio(near.leg.carrierCallId)).toMatchObject([{ atMs: 40 }, { atMs: 140 }]);
});

test("a clear cuts what is heard and returns the marks that waited", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  near.play(sound(1000, 1));
  near.socket.send(near.codec.mark("never reached"));
  await line.clock.advance(60);
  near.socket.send(near.codec.clear());
  await line.clock.advance(0);
  expect(near.marks()).toEqual(["never reached"]);
  near.play(sound(20, 2));
  await line.clock.advance(500);
  const heard = line.carrier.line.heardAudio(near.leg.carrierCallId);
  expect(heard.map(({ atMs, ulaw }) => [atMs, ulaw.length / 8])).toEqual([
    [0, 60],
    [60, 20],
  ]);
});

test("the callee's audio arrives whole; its text, where given, is the caller's words once all was said", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  await line.clock.advance(20);
  const saying = line.carrier.line.sayAudio(near.leg.carrierCallId, sound(70, 3), "Hello");
  await line.clock.advance(40);
  expect(line.factsOf(near.leg.carrierCallId)).not.toContainEqual({ type: "spoke", text: "Hello" });
  await line.clock.advance(60);
  expect(await saying).toBe(true);
  expect(near.audio()).toEqual(sound(70, 3));
  expect(line.factsOf(near.leg.carrierCallId)).toContainEqual({ type: "spoke", text: "Hello" });
});

test("the end of the call stops and closes the stream; what was being said is not said", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  await line.clock.advance(20);
  const saying = line.carrier.line.sayAudio(near.leg.carrierCallId, sound(1000, 3), "never");
  await line.carrier.hangUp(near.leg, signal);
  expect(await saying).toBe(false);
  await line.clock.advance(100);
  expect(near.events.at(-1)).toEqual({ type: "stop" });
  expect(near.closed).toEqual([1000]);
  expect(line.clock.waiting).toBe(0);
  expect(line.factsOf(near.leg.carrierCallId)).not.toContainEqual({ type: "spoke", text: "never" });
});

test("giving up the stream closes it and leaves the call; nobody speaks over no stream", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  await line.clock.advance(20);
  await line.carrier.media?.detach(near.leg, signal);
  await line.carrier.media?.detach(near.leg, signal);
  await line.clock.advance(20);
  expect(near.closed).toEqual([1000]);
  expect(await line.carrier.line.sayAudio(near.leg.carrierCallId, sound(20, 3))).toBe(false);
  expect(await line.carrier.lookUp(near.leg, signal)).toMatchObject({ leg: "live" });
});

test("a new stream takes the place of the one before; frames of the other are not its own", async () => {
  const line = mock();
  const leg = await line.answered();
  const first = await attach(line, leg);
  await line.clock.advance(20);
  const second = await attach(line, leg);
  await line.clock.advance(20);
  expect(first.closed).toEqual([1000]);
  expect(second.events[0]).toMatchObject({ type: "start", streamId: "stream-2" });
  expect(second.events.filter((event) => event?.type === "malformed")).toEqual([]);
});

test("once the near end closes, nothing comes and nothing is heard", async () => {
  const line = mock();
  const near = await attach(line, await line.answered());
  near.play(sound(1000, 1));
  await line.clock.advance(40);
  near.socket.close(1008);
  const { length } = near.events;
  near.play(sound(1000, 1));
  await line.clock.advance(500);
  expect(near.closed).toEqual([1008]);
  expect(near.events).toHaveLength(length);
  const heard = line.carrier.line.heardAudio(near.leg.carrierCallId);
  expect(heard.reduce((total, { ulaw }) => total + ulaw.length, 0)).toBe(320);
});

test("a call that is not up has no stream", async () => {
  const line = mock();
  const leg = await line.dial();
  await expect(attach(line, leg)).rejects.toMatchObject({ code: "CARRIER_REFUSED" });
});
