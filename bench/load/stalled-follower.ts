// A follower that takes its first batch and then stops reading its socket, as a suspended terminal would.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

export interface StalledFollower {
  /** Reads on up to that position; yields how many events since it stalled did not come, once each and in order. */
  missedUpTo(position: number): Promise<number>;
}

interface Message {
  result?: { type?: string; data?: { data?: { seq: number }[] } };
}

const subscription = { id: 1, method: "subscription", params: { path: "events.follow", input: { since: 1 } } };

export async function stallAFollower(stateDir: string): Promise<StalledFollower> {
  const record = JSON.parse(readFileSync(join(stateDir, "daemon.json"), "utf8")) as { url: string; token: string };
  const socket = new WebSocket(`${record.url.replace("http:", "ws:")}/trpc`, {
    headers: { authorization: `Bearer ${record.token}` },
  });
  const state = { last: 0, read: 0, isClosed: false };
  const first = Promise.withResolvers<void>();
  socket.on("open", () => socket.send(JSON.stringify(subscription)));
  socket.on("error", first.reject);
  socket.on("close", () => (state.isClosed = true));
  socket.on("message", (bytes: Buffer) => {
    const text = bytes.toString("utf8");
    if (text === "PING") return socket.send("PONG");
    if (!text.startsWith("{")) return;
    const message: Message = JSON.parse(text);
    for (const { seq } of message.result?.data?.data ?? []) {
      if (state.last > 0 && seq === state.last + 1) state.read++;
      state.last = seq;
    }
    if (state.last > 0) first.resolve();
  });
  await first.promise;
  socket.pause();
  state.read = 0;
  const stalledAt = state.last;
  return {
    async missedUpTo(position) {
      socket.resume();
      for (let waited = 0; state.last < position && !state.isClosed && waited < 20_000; waited += 50) await sleep(50);
      socket.terminate();
      return position - stalledAt - state.read;
    },
  };
}
