// After a start: every call without an end is looked up at its carrier before it counts or gets its timers again.
import { interrupted, owed } from "../../call/resume.ts";
import { decideOutlived } from "../../call/decide-fact.ts";
import { type CallState, isOver } from "../../call/state.ts";
import type { CallEffect } from "../../call/effect.ts";
import type { Cancel } from "../deps.ts";
import type { CallActor } from "./actor.ts";
import type { CallPorts } from "./ports.ts";

const firstRetryMs = 2000;
const longestRetryMs = 60_000;
const graceMs = 60_000;

export interface Reconciliation extends AsyncDisposable {
  /** Settles when every restored call was asked about once. */
  readonly settled: Promise<void>;
}

export function reconcile(
  ports: CallPorts,
  perform: (effect: CallEffect, actor: CallActor) => Promise<void>,
): Reconciliation {
  const cancels = new Set<Cancel>();
  const ask = async (actor: CallActor, retryMs: number): Promise<void> => {
    if (actor.signal.aborted) return;
    await perform({ type: "lookUp" }, actor);
    const isReachable = await reachable(actor, ports);
    const { state } = actor;
    if (state === undefined || isOver(state)) return;
    if (isReachable) {
      actor.confirm();
      for (const effect of owed(state)) await perform(effect, actor);
      return;
    }
    if (ports.clock.now() > longestEnd(state)) {
      await actor.tell([decideOutlived]);
      return;
    }
    const cancel = ports.clock.after(retryMs, () => {
      cancels.delete(cancel);
      void ask(actor, Math.min(2 * retryMs, longestRetryMs));
    });
    cancels.add(cancel);
  };
  const restored = ports.store.openCalls().flatMap((callId) => ports.registry.restore(callId) ?? []);
  if (restored.length > 0)
    ports.log.info({ calls: restored.length }, "open calls are being looked up at their carrier");
  return {
    settled: settleAll(restored, ask, ports),
    [Symbol.asyncDispose]: async () => {
      for (const cancel of cancels) cancel();
    },
  };
}

async function settleAll(
  actors: CallActor[],
  ask: (actor: CallActor, retryMs: number) => Promise<void>,
  ports: CallPorts,
): Promise<void> {
  const asked = actors.map(async (actor) => {
    try {
      await actor.tell([interrupted]);
      await ask(actor, firstRetryMs);
    } catch (error) {
      ports.log.error({ callId: actor.callId, error: String(error) }, "a call could not be restored");
    }
  });
  await Promise.all(asked);
}

/** By then the carrier itself has ended the call: it was given the limit with the dial order. */
function longestEnd({ startedAt, limits }: CallState): number {
  return startedAt + limits.ringTimeoutMs + limits.maxDurationMs + graceMs;
}

/** Whether the last look-up reached the carrier, as the log tells. */
async function reachable(actor: CallActor, ports: CallPorts): Promise<boolean> {
  await actor.idle();
  const reports = ports.store.callEvents(actor.callId).filter((event) => event.type === "carrier.reported");
  return reports.at(-1)?.leg !== "unreachable";
}
