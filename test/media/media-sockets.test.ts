import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../support/daemon.ts";
import { codeOf, dial, enter, media, open, start, stubborn, upgradeHead, urlOf } from "./media-door.ts";

describe("the door for media sockets", () => {
  test.for(["/voice/webhook", "/voice", "/voice/streams", "/", "/trpc"])(
    "is at its own path alone: %s is not found",
    async (at) => {
      await using door = await open();
      const token = door.tokens.issue("call-1");
      expect(await dial(urlOf(door, token, at))).toBe(404);
      expect(door.tokens.peek(token)).toBe("call-1");
    },
  );

  test("serves the allowed hosts alone", async () => {
    await using door = await open({ forwarding: { allowedHosts: ["voice.example.test"] } });
    expect(await dial(urlOf(door, door.tokens.issue("call-1")))).toBe(403);
    const socket = await enter(door, "call-1", { host: "voice.example.test" });
    socket.terminate();
  });

  test("opens once for each token, and for no other", async () => {
    await using door = await open();
    const token = door.tokens.issue("call-1");
    const socket = await dial(urlOf(door, token));
    expect(await dial(urlOf(door, token))).toBe(401);
    expect(await dial(urlOf(door, ""))).toBe(401);
    expect(await dial(urlOf(door, "x".repeat(32)))).toBe(401);
    expect(await dial(`${urlOf(door, "")}?token=${door.tokens.issue("call-1")}`)).toBe(401);
    const late = door.tokens.issue("call-1");
    door.clock.aheadMs = 3_600_000;
    expect(await dial(urlOf(door, late))).toBe(401);
    door.clock.aheadMs = 0;
    const revoked = door.tokens.issue("call-1");
    door.tokens.revoke("call-1");
    expect(await dial(urlOf(door, revoked))).toBe(401);
    if (typeof socket !== "number") socket.terminate();
  });

  test("does not open for a call that is over, and a token that was in use when it ended attaches nothing", async () => {
    await using door = await open();
    const token = door.tokens.issue("call-1");
    const socket = await enter(door);
    door.calls.clear();
    expect(await dial(urlOf(door, token))).toBe(401);
    socket.send(start());
    expect(await codeOf(socket)).toBe(1008);
  });

  test("refuses a wrong signature, which does not use the token up", async () => {
    await using door = await open();
    door.signature = "wrong";
    const token = door.tokens.issue("call-1");
    expect(await dial(urlOf(door, token))).toBe(401);
    door.signature = "signed";
    const socket = await dial(urlOf(door, token));
    if (typeof socket !== "number") socket.terminate();
    expect(socket).toBeInstanceOf(WebSocket);
  });

  test("lets one call's token bring no other call's leg", async () => {
    await using door = await open();
    door.calls.set("call-2", "CA2");
    const socket = await enter(door, "call-2");
    socket.send(start("CA1"));
    expect(await codeOf(socket)).toBe(1008);
    expect(door.attached).toBe(0);
  });
});

describe("a socket that does not begin", () => {
  test("is closed in time (CVE-2026-32062)", async () => {
    await using door = await open({ limits: { preStartTimeoutMs: 50 } });
    expect(await codeOf(await enter(door))).toBe(1008);
    await eventually(() => door.clock.waiting === 0);
  });

  test("is cut off when it does not even answer the close, and gives its place back", async () => {
    await using door = await open({ limits: { preStartTimeoutMs: 50, maxPendingConnections: 1 } });
    const token = door.tokens.issue("call-1");
    const socket = connect(door.port, "127.0.0.1");
    socket.write(upgradeHead(token));
    await once(socket, "data");
    expect(await dial(urlOf(door, door.tokens.issue("call-1")))).toBe(429);
    socket.on("data", () => undefined);
    await once(socket, "close");
    (await enter(door)).terminate();
  });

  test("counts against the limits: in all, of one peer, and with those that have begun", async () => {
    await using pending = await open({ limits: { maxPendingConnections: 2 } });
    const sockets = [await enter(pending), await enter(pending)];
    expect(await dial(urlOf(pending, pending.tokens.issue("call-1")))).toBe(429);
    sockets[0]?.send(start());
    await eventually(() => pending.attached === 1);
    sockets.push(await enter(pending));
    await using peer = await open({ limits: { maxPendingConnectionsPerIp: 1, maxConnections: 2 } });
    sockets.push(await enter(peer));
    expect(await dial(urlOf(peer, peer.tokens.issue("call-1")))).toBe(429);
    sockets.at(-1)?.send(start());
    await eventually(() => peer.attached === 1);
    sockets.push(await enter(peer));
    sockets.at(-1)?.send(start());
    await eventually(() => peer.attached === 2);
    expect(await dial(urlOf(peer, peer.tokens.issue("call-1")))).toBe(429);
    for (const socket of sockets) socket.terminate();
  });

  test("is counted by its client behind a trusted proxy, and by its peer otherwise (openclaw #66027)", async () => {
    const proxy = { trustForwardingHeaders: true, trustedProxyIPs: ["127.0.0.1"] };
    const limits = { maxPendingConnectionsPerIp: 1 };
    const from = (ip: string): Record<string, string> => ({ "x-forwarded-for": ip });
    await using trusted = await open({ limits, forwarding: proxy });
    const sockets = [
      await enter(trusted, "call-1", from("203.0.113.1")),
      await enter(trusted, "call-1", from("203.0.113.2")),
    ];
    expect(await dial(urlOf(trusted, trusted.tokens.issue("call-1")), from("203.0.113.1"))).toBe(429);
    await using bare = await open({ limits });
    sockets.push(await enter(bare, "call-1", from("203.0.113.1")));
    expect(await dial(urlOf(bare, bare.tokens.issue("call-1")), from("203.0.113.2"))).toBe(429);
    for (const socket of sockets) socket.terminate();
  });
});

describe("frames", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;

  test.for([
    ["media before the start", media(), 1008],
    ["garbage", "garbage", 1008],
    ["null", "null", 1008],
    ["a deep array", deep, 1008],
    ["a start without its call", JSON.stringify({ event: "start", streamSid: "MZ1", start: {} }), 1008],
    ["a start of another leg", start("CA9"), 1008],
    ["a binary frame", Buffer.from(start()), 1003],
    ["more than 64 KiB (CVE-2026-41400)", "x".repeat(64 * 1024 + 1), 1009],
  ] as const)("in place of a start end it: %s", async ([, frame, code]) => {
    await using door = await open();
    const socket = await enter(door);
    socket.send(frame);
    socket.send(start());
    expect(await codeOf(socket)).toBe(code);
    expect([door.attached, door.detached]).toEqual([0, []]);
    await eventually(() => door.clock.waiting === 0);
  });

  test("of another stream, a second start and garbage change nothing, and after many the socket is closed", async () => {
    await using door = await open();
    const socket = await enter(door);
    socket.send(start());
    socket.send(media());
    socket.send(start("CA1", "MZ2"));
    socket.send(media("MZ2"));
    socket.send(media());
    await eventually(() => door.received.length === 4);
    expect(door.received.map(([, type]) => type)).toEqual(["audio", "malformed", "malformed", "audio"]);
    for (let sent = 0; sent < 1000; sent++) socket.send("garbage");
    expect(await codeOf(socket)).toBe(1008);
    expect(door.received.length).toBeLessThan(60);
    await eventually(() => door.detached.length === 1);
  });

  test("that are too large, or binary, end a stream that has begun, and it is told once", async () => {
    await using door = await open();
    for (const [frame, code] of [
      ["x".repeat(70_000), 1009],
      [Buffer.alloc(10), 1003],
    ] as const) {
      const socket = await enter(door);
      socket.send(start());
      await eventually(() => door.attached === door.detached.length + 1);
      socket.send(frame);
      expect(await codeOf(socket)).toBe(code);
    }
    await eventually(() => door.detached.length === 2);
  });
});

describe("nobody holds a place for nothing", () => {
  test("a refused upgrade ends also when its peer does not hang up", async () => {
    await using door = await open();
    const socket = stubborn(door.port, upgradeHead("x"));
    socket.resume();
    await once(socket, "end");
    // The other side is gone: writing to it breaks the connection.
    const broken = new Promise((resolve) => socket.once("close", () => resolve(true)));
    const more = setInterval(() => socket.write("x"), 10);
    expect(await broken).toBe(true);
    clearInterval(more);
  });

  test("a peer that is gone in the middle of the handshake leaves nothing", async () => {
    await using door = await open({ limits: { maxConnections: 1 } });
    for (let round = 0; round < 20; round++) {
      const token = door.tokens.issue("call-1");
      const socket = stubborn(door.port, upgradeHead(token));
      await once(socket, "connect");
      socket.resetAndDestroy();
    }
    await eventually(async () => {
      const socket = await dial(urlOf(door, door.tokens.issue("call-1")));
      if (typeof socket === "number") return false;
      socket.terminate();
      return true;
    });
    expect([door.attached, door.detached]).toEqual([0, []]);
  });

  test("a hundred calls one after the other, each dropped, leave no socket, no timer and no place taken", async () => {
    await using door = await open({ limits: { maxConnections: 2, maxPendingConnections: 2 } });
    for (let round = 1; round <= 100; round++) {
      const callId = `call-${round}`;
      door.calls.set(callId, `CA${round}`);
      const socket = await enter(door, callId);
      if (round % 3 > 0) socket.send(start(`CA${round}`));
      if (round % 3 > 0) socket.send(media());
      if (round % 3 === 1) socket.close();
      else socket.terminate();
      await eventually(() => door.clock.waiting === 0);
      door.calls.delete(callId);
    }
    await eventually(() => door.detached.length === door.attached);
    expect(door.attached).toBeGreaterThan(30);
    door.calls.set("call-1", "CA1");
    const last = [await enter(door), await enter(door)];
    for (const socket of last) socket.terminate();
  });

  test("the listener closes with streams up", async () => {
    const door = await open();
    const socket = await enter(door);
    socket.on("error", () => undefined);
    socket.send(start());
    await eventually(() => door.attached === 1);
    await door.close();
    await eventually(() => socket.readyState === WebSocket.CLOSED);
    await eventually(() => door.clock.waiting === 0);
    expect(door.detached).toHaveLength(1);
  });
});
