import { expect, test } from "vitest";
import { CallError } from "../../src/call/error.ts";
import type { CallState } from "../../src/call/state.ts";
import type { CallActor } from "../../src/daemon/calls/actor.ts";
import { perform } from "../../src/daemon/calls/perform.ts";
import { CallRegistry } from "../../src/daemon/calls/registry.ts";
import type { Carrier } from "../../src/daemon/carriers/carrier.ts";
import { newId } from "../../src/daemon/deps.ts";
import type { Append, EventStore } from "../../src/daemon/store/event-store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { limits, phrases, plain } from "../call/calls.ts";
import { temporaryStore } from "./temporary-store.ts";

/** A store on disk that can be told to have no space for a while. */
async function openTroubledStore(clock: ReturnType<typeof createManualClock>) {
  const { store, log, [Symbol.asyncDispose]: dispose } = await temporaryStore(clock);
  const trouble = { full: false };
  const append = (order: Append): ReturnType<EventStore["append"]> =>
    trouble.full ? Promise.reject(new CallError("STORE_FAILED", "the disk is full")) : store.append(order);
  const troubled = new Proxy(store, {
    get: (target, name) => (name === "append" ? append : Reflect.get(target, name).bind?.(target)),
  });
  return {
    store: troubled,
    log,
    trouble,
    [Symbol.asyncDispose]: dispose,
  };
}

/** A carrier that takes the dial order whenever it is let. */
function carrierThat(dial: () => Promise<{ carrierCallId: string }>): Carrier {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    name: "test",
    capabilities: { webhooks: false, lookUp: true, sendDigits: true, streams: false, maxTextLength: 8000 },
    traits: () => plain,
    dial,
    answer: nothing,
    reject: nothing,
    speak: nothing,
    listen: nothing,
    sendDigits: nothing,
    hangUp: () => Promise.resolve("accepted"),
    lookUp: () => Promise.resolve({ leg: "live" }),
    findLost: () => Promise.resolve({ leg: "missing" }),
    [Symbol.asyncDispose]: nothing,
  };
}

async function placed(actor: CallActor): Promise<CallState | undefined> {
  await actor.begin({
    type: "call.requested",
    carrier: "test",
    from: "+15550000001",
    to: "+15550000002",
    mode: "notify",
    limits,
    phrases,
    route: {},
    traits: plain,
    message: "Hi",
  });
  return actor.state;
}

async function until(clock: ReturnType<typeof createManualClock>, condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !condition(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(250);
  }
  expect(condition()).toBe(true);
}

test("a dialled leg is never taken for refused because it could not be written down at once", async () => {
  const clock = createManualClock();
  await using home = await openTroubledStore(clock);
  const { store, log, trouble } = home;
  const carrier = carrierThat(async () => {
    trouble.full = true;
    return { carrierCallId: "C1" };
  });
  const deps = { clock, log, newId };
  const carriers = { get: () => carrier };
  const media = { take: () => undefined, streamUrl: () => "", speak: () => Promise.resolve(), isHeard: () => false };
  const registry: CallRegistry = new CallRegistry({
    ...deps,
    store,
    noticed: () => undefined,
    perform: (effect, actor) => void perform(effect, actor, { ...deps, carriers, store, registry, media }),
  });
  const actor = registry.create("call-1");
  await placed(actor);
  await until(clock, () => trouble.full);
  await clock.advance(2000);
  expect(actor.state?.phase.name).toBe("requested");
  trouble.full = false;
  await until(clock, () => actor.state?.carrierCallId === "C1");
  expect(actor.state?.phase.name).toBe("dialling");
  actor.release();
});

test("a deadline that comes while the store cannot write is kept until it can", async () => {
  const clock = createManualClock();
  await using home = await openTroubledStore(clock);
  const { store, log, trouble } = home;
  const deps = { clock, log, newId };
  const registry = new CallRegistry({ ...deps, store, noticed: () => undefined, perform: () => undefined });
  const actor = registry.create("call-1");
  const state = await placed(actor);
  trouble.full = true;
  await clock.advance((state?.timers.ring ?? 0) - clock.now() + 5000);
  expect(actor.state?.ending).toBeUndefined();
  trouble.full = false;
  await until(clock, () => actor.state?.ending?.reason === "no-answer");
  actor.release();
});

test("what is told of a call after its end is stored, from wherever it comes", async () => {
  const clock = createManualClock();
  await using home = await openTroubledStore(clock);
  const { store, log } = home;
  const registry = new CallRegistry({
    clock,
    log,
    newId,
    store,
    noticed: () => undefined,
    perform: () => undefined,
  });
  const actor = registry.create("call-1");
  await placed(actor);
  await actor.tell([() => [{ type: "call.ended", reason: "completed" }]]);
  await registry.findOrReplay("call-1")?.tell([() => [{ type: "carrier.noted", what: "late: over" }]]);
  await actor.tell([() => [{ type: "call.recorded", file: "call-1.wav", durationMs: 1000 }]]);
  expect(store.callEvents("call-1").map(({ type }) => type)).toEqual([
    "call.requested",
    "call.ended",
    "carrier.noted",
    "call.recorded",
  ]);
});
