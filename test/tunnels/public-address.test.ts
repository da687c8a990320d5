import { expect, test } from "vitest";
import { PublicAddress } from "../../src/daemon/public-address.ts";
import type { NgrokListener, NgrokOptions } from "../../src/daemon/tunnels/tunnel.ts";
import { good, load, twilioSection } from "../config/fixture.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { refusalOf } from "./fixture.ts";

const ngrokAuthToken = "2fakeAuthtoken0123456789";

/** An address whose ngrok answers, one try after the other, with what `tries` says; then with a tunnel. */
function fixture(section: Record<string, unknown> = {}, tries: (() => Promise<NgrokListener>)[] = []) {
  const { publicUrl: _publicUrl, ...without } = twilioSection;
  const config = good(load({ ...without, tunnel: { provider: "ngrok", ngrokAuthToken }, ...section }));
  const clock = createManualClock();
  const lines: string[] = [];
  const keep = (_fields: Record<string, unknown>, message: string): void => void lines.push(message);
  const state = { url: "https://one.ngrok-free.app", closed: 0, asked: [] as string[], orders: [] as NgrokOptions[] };
  const listener: NgrokListener = {
    url: () => state.url,
    close: () => Promise.resolve(void state.closed++),
  };
  const address = new PublicAddress({
    clock,
    log: { info: keep, warn: keep, error: keep },
    stateDir: "/nowhere",
    config: () => config,
    listenerPort: () => 3334,
    probe: (url) => {
      state.asked.push(url);
      return Promise.resolve({ kind: "ok" });
    },
    forward: (options) => {
      state.orders.push(options);
      return tries.shift()?.() ?? Promise.resolve(listener);
    },
  });
  return { address, clock, config, lines, listener, state };
}

const failing = (): Promise<NgrokListener> => Promise.reject(new Error("failed to connect session"));
const one = "https://one.ngrok-free.app/voice/webhook";

test("while the tunnel opens there is no URL, and who needs one waits for it", async () => {
  const late = Promise.withResolvers<NgrokListener>();
  const { address, clock, config, listener, state } = fixture({}, [() => late.promise]);
  address.begin();
  expect(() => address.urlFor(config)).toThrow("not open yet");
  expect(address.status()).toEqual({ kind: "ngrok", state: "opening" });
  let isReady = false;
  const ready = address.ready().then(() => (isReady = true));
  await clock.advance(10_000);
  expect(isReady).toBe(false);
  late.resolve(listener);
  await ready;
  expect(address.urlFor(config)).toBe(one);
  expect(address.status()).toEqual({ kind: "ngrok", state: "open", url: one });
  expect(state.asked).toEqual([one]);
  await address[Symbol.asyncDispose]();
  expect(state.closed).toBe(1);
  expect(clock.waiting).toBe(0);
});

test("what failed is tried again, less and less often, and meanwhile its reason refuses calls", async () => {
  const { address, clock, state } = fixture({}, [failing, failing]);
  address.begin();
  expect((await refusalOf(address.ready())).code).toBe("TUNNEL_FAILED");
  expect(address.status()).toMatchObject({ kind: "ngrok", state: "failed", problem: { code: "TUNNEL_FAILED" } });
  await clock.advance(4999);
  expect(state.orders).toHaveLength(1);
  await clock.advance(1);
  expect(state.orders).toHaveLength(2);
  await clock.advance(9999);
  expect(state.orders).toHaveLength(2);
  await clock.advance(1);
  expect(state.orders).toHaveLength(3);
  await address.ready();
  expect(address.problems).toEqual([]);
  await address.close();
  expect(clock.waiting).toBe(0);
});

test("a wrong setting is not tried again by itself", async () => {
  const revoked = (): Promise<NgrokListener> => Promise.reject(new Error("ERR_NGROK_107"));
  const { address, clock, state } = fixture({}, [revoked]);
  address.begin();
  expect((await refusalOf(address.ready())).code).toBe("CONFIG_INVALID");
  expect(clock.waiting).toBe(0);
  expect(state.orders).toHaveLength(1);
});

test("a URL that changes is the new one at once, and asked who answers there", async () => {
  const { address, config, lines, state } = fixture();
  address.begin();
  await address.ready();
  state.url = "https://two.ngrok-free.app";
  state.orders[0]?.onStatusChange("connected");
  expect(address.urlFor(config)).toBe("https://two.ngrok-free.app/voice/webhook");
  expect(state.asked.at(-1)).toBe("https://two.ngrok-free.app/voice/webhook");
  expect(lines.join("\n")).toContain("URL changed");
  state.orders[0]?.onStatusChange("closed");
  expect((await refusalOf(address.ready())).message).toBe("ngrok lost its connection");
  await address.close();
});

test("beside a publicUrl that is another, calls are refused as soon as the URL drifts away", async () => {
  const { address, config, state } = fixture({ publicUrl: one });
  address.begin();
  await address.ready();
  state.url = "https://two.ngrok-free.app";
  state.orders[0]?.onStatusChange("connected");
  expect(address.urlFor(config)).toBe(one);
  expect((await refusalOf(address.ready())).message).toContain("differs from the tunnel's URL");
  expect(address.problems).toMatchObject([{ code: "CONFIG_INVALID" }]);
  await address.close();
});

test("closing gives up what is being opened, and a tunnel that comes too late is closed", async () => {
  const late = Promise.withResolvers<NgrokListener>();
  const { address, clock, listener, state } = fixture({}, [() => late.promise]);
  address.begin();
  expect(await address.close()).toEqual({ kind: "none", state: "closed" });
  address.begin();
  expect(state.orders).toHaveLength(1);
  late.resolve(listener);
  await expect.poll(() => state.closed).toBe(1);
  await clock.advance(600_000);
  expect(address.isOpen).toBe(false);
  expect(clock.waiting).toBe(0);
});
