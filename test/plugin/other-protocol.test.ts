import { afterEach, expect, test, vi } from "vitest";
import { CallError } from "../../src/call/error.ts";
import { stateDirectory } from "../client/fixture.ts";
import { fakePorts, listen } from "../control/fake-context.ts";
import { FakeHost, configOf } from "./fake-host.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a daemon of another protocol with live calls is left alone, and voice explains itself in one line", async () => {
  const busy = new CallError("LIVE_CALLS", "1 call is live");
  await using listener = await listen(fakePorts({ system: { shutdown: () => Promise.reject(busy) } }));
  await using home = await stateDirectory();
  vi.stubEnv("OPENCLAW_CONFIG_PATH", home.configFile);
  await home.write({ url: listener.url, protocol: 99 });
  const host = new FakeHost();
  host.stateDir = home.stateDir;
  host.config = configOf({ store: home.stateDir });
  host.load();
  await host.service.start(host.context());
  await vi.waitFor(() => expect(host.failures).toHaveLength(1), 5000);
  const { error } = await host.call("voicecall.status");
  await host.service.stop(host.context());
  expect(host.failures).toEqual([expect.stringMatching(/^voice-call: the daemon .*protocol 99.*--drain/)]);
  expect(host.lines.filter((line) => line.startsWith("error"))).toHaveLength(1);
  expect(error).toMatchObject({ code: "VERSION_MISMATCH", details: { hint: expect.stringContaining("--drain") } });
});
