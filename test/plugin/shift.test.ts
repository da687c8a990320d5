// What the service hands to the daemon, at unlucky moments.
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test, vi } from "vitest";
import type { System } from "../../src/router/context.ts";
import { stateDirectory } from "../client/fixture.ts";
import { fakePorts, listen } from "../control/fake-context.ts";
import { FakeHost, configOf } from "./fake-host.ts";

const otherToken = "fedcba9876543210".repeat(4);
const taken = { applied: [], needRestart: [], problems: [] };

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a daemon that did not take the configuration is handed it again, and the host knows meanwhile", async () => {
  let tries = 0;
  const configure: System["configure"] = () =>
    ++tries === 1 ? Promise.reject(new Error("not now")) : Promise.resolve(taken);
  await using listener = await listen(fakePorts({ system: { configure } }));
  await using home = await stateDirectory();
  vi.stubEnv("OPENCLAW_CONFIG_PATH", home.configFile);
  await home.write({ url: listener.url });
  const host = new FakeHost();
  host.config = configOf({ store: home.stateDir });
  host.load();
  await host.service.start(host.context());
  expect(host.failures).toEqual(["voice-call: the daemon did not take the configuration"]);
  await vi.waitFor(() => expect(host.recovered).toBeGreaterThan(0), 5000);
  expect(tries).toBe(2);
  await host.service.stop(host.context());
});

/** A daemon that says that it is there only once it is let, and notes whose configuration it was handed. */
async function slowDaemon(): Promise<
  AsyncDisposable & { url: string; asked: Promise<unknown>; release(): void; handed: string[] }
> {
  const handed: string[] = [];
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (body.includes('"hostTts"')) handed.push(body.includes("old") ? "old" : "new");
    if (request.url?.includes("system.health") === true) {
      asked.resolve();
      await released.promise;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ result: { data: { ...taken, pid: process.pid, lastSeq: 0 } } }));
  }
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    release: () => released.resolve(),
    handed,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("a shift that is over takes back nothing that the next one has handed over", async () => {
  const first = await listen(fakePorts());
  await using second = await slowDaemon();
  await using home = await stateDirectory();
  vi.stubEnv("OPENCLAW_CONFIG_PATH", home.configFile);
  await home.write({ url: first.url });
  const host = new FakeHost();
  host.config = configOf({ store: home.stateDir });
  host.load();
  await host.service.start(host.context(configOf({ store: home.stateDir, agentId: "old" })));
  await home.write({ url: second.url, token: otherToken });
  await first[Symbol.asyncDispose]();
  await second.asked;
  await host.service.stop(host.context());
  await host.service.start(host.context(configOf({ store: home.stateDir, agentId: "new" })));
  second.release();
  for (let times = 0; times < 5; times++) await host.call("voicecall.status", { callId: "x" });
  await host.service.stop(host.context());
  expect(second.handed[0]).toBe("new");
  expect(second.handed).not.toContain("old");
});
