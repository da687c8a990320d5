// Two Gateways of two users on one machine, and what is left when all is over.
import { strict as assert } from "node:assert";
import { readdir } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { eventually } from "../../support/daemon.ts";
import type { Chapter } from "../harness/chapter.ts";
import type { HostHome } from "../harness/host-home.ts";
import { callee, type Stage } from "../harness/stage.ts";

export async function sideBySide({ does }: Chapter, one: Stage, other: Stage): Promise<void> {
  await does("two Gateways with two state directories have a daemon each, and nothing of theirs mixes", async () => {
    const [first, second] = [await one.voice(), await other.voice()];
    assert.notEqual(first.daemon.pid, second.daemon.pid);
    assert.notEqual(first.daemon.url, second.daemon.url);
    const { callId } = (await one.rpc("voicecall.start", {
      to: callee,
      message: "Only here.",
      mode: "conversation",
    })) as { callId: string };
    assert.equal((await one.rpc("voicecall.status", { callId }))["found"], true);
    assert.deepEqual(await other.rpc("voicecall.status", { callId }), { found: false });
    assert.equal(await second.calls.get(callId), undefined);
    await one.rpc("voicecall.end", { callId });
  });
}

/** Stops the daemon of a home whose Gateway has stopped, and looks for what it leaves. */
export async function leavesNothing(
  { does }: Chapter,
  { home, gateway, voice: client }: Stage,
  ports: number[],
): Promise<void> {
  await does("when all is stopped, no process, port or temporary folder is left", async () => {
    const voice = await client();
    const daemonPort = Number(new URL(voice.daemon.url).port);
    await gateway.stop();
    await voice.system.shutdown({ force: true });
    await eventually(async () => (await home.processes()).length === 0, 15_000).catch(async () => {
      throw new Error(`still there: ${(await home.processes()).join(" ")}`);
    });
    for (const port of [home.port, daemonPort, ...ports]) assert.equal(await listens(port), false, `port ${port}`);
    assert.deepEqual(await ours(home), []);
  });
}

async function ours({ folder }: HostHome): Promise<string[]> {
  return (await readdir(join(folder, "tmp"))).filter((name) => /voice/i.test(name));
}

/** Whether somebody takes connections there. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, "127.0.0.1");
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => done(true)).once("error", () => done(false));
  });
}
