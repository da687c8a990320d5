// How long callers' words wait when nobody is there to answer them.
import { expect, test } from "vitest";
import type { StoredEvent } from "../../src/call/event.ts";
import type { CarrierFact } from "../../src/call/fact.ts";
import { admitted, decideFact } from "../../src/call/decide-fact.ts";
import type { CallActor } from "../../src/daemon/calls/actor.ts";
import { CallRegistry } from "../../src/daemon/calls/registry.ts";
import { newId } from "../../src/daemon/deps.ts";
import { createFeed } from "../../src/daemon/store/feed.ts";
import { TurnDesk } from "../../src/daemon/turns/turns.ts";
import { limits, phrases, plain } from "../call/calls.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { temporaryStore } from "./temporary-store.ts";

/** A desk that waits 3 s for anybody, and 25 s for those who have just left. */
async function openDesk() {
  const clock = createManualClock();
  const { store, log, [Symbol.asyncDispose]: dispose } = await temporaryStore(clock);
  const actors: CallActor[] = [];
  const registry = new CallRegistry({
    clock,
    log,
    newId,
    store,
    perform: () => undefined,
    noticed: (callId, event) => desk.noticed(callId, event),
  });
  const desk = new TurnDesk({
    clock,
    log,
    registry,
    feed: createFeed(store, clock),
    unattendedAfterMs: () => 3000,
    backWithinMs: () => 25_000,
    firstPiece: () => undefined,
  });
  return {
    clock,
    /** Somebody who is there until `leave`. */
    responder(name: string): { leave(): Promise<void> } {
      const leaving = new AbortController();
      const offers = desk.offers({ responder: name }, leaving.signal);
      const next = offers.next();
      return {
        async leave() {
          leaving.abort();
          await next;
          await offers.return(undefined);
        },
      };
    },
    /** Somebody calls in and says something; the call's outcomes so far. */
    async caller(): Promise<() => Promise<string[]>> {
      const actor = registry.create("call-1", { carrierCallId: "C1" });
      actors.push(actor);
      await actor.begin({
        type: "call.received",
        carrier: "test",
        carrierCallId: "C1",
        from: "+15550000003",
        to: "+15550000001",
        limits,
        phrases,
        route: {},
        traits: plain,
      });
      const facts: CarrierFact[] = [{ type: "answered" }, { type: "ready" }, { type: "spoke", text: "Hello?" }];
      await actor.tell([
        admitted,
        ...facts.map((fact) => (state: Parameters<typeof admitted>[0]) => decideFact(state, fact, clock.now())),
      ]);
      return async () => {
        // What was decided before is stored by then.
        await actor.tell([]);
        return store
          .callEvents("call-1")
          .filter((event): event is StoredEvent<"turn.settled"> => event.type === "turn.settled")
          .map(({ outcome }) => outcome);
      };
    },
    async [Symbol.asyncDispose]() {
      for (const actor of actors) actor.release();
      await dispose();
    },
  };
}

test("where nobody ever was, the caller is told so after a moment", async () => {
  await using desk = await openDesk();
  const outcomes = await desk.caller();
  await desk.clock.advance(2900);
  expect(await outcomes()).toEqual([]);
  await desk.clock.advance(200);
  expect(await outcomes()).toEqual(["unattended"]);
});

test("those who have just left are waited for, and no longer than they may take", async () => {
  await using desk = await openDesk();
  await desk.responder("first").leave();
  await desk.clock.advance(5000);
  const outcomes = await desk.caller();
  await desk.clock.advance(19_900);
  expect(await outcomes()).toEqual([]);
  await desk.clock.advance(200);
  expect(await outcomes()).toEqual(["unattended"]);
});

test("those who left long ago are not waited for", async () => {
  await using desk = await openDesk();
  await desk.responder("first").leave();
  await desk.clock.advance(30_000);
  const outcomes = await desk.caller();
  await desk.clock.advance(3100);
  expect(await outcomes()).toEqual(["unattended"]);
});

test("who comes back in time has the caller's words", async () => {
  await using desk = await openDesk();
  await desk.responder("first").leave();
  const outcomes = await desk.caller();
  await desk.clock.advance(16_000);
  const second = desk.responder("second");
  await desk.clock.advance(11_000);
  expect(await outcomes()).toEqual([]);
  await second.leave();
});
