// The live calls: one actor each, found by our id or by the carrier's, and how many count against the limit.
import type { StoredEvent } from "../../call/event.ts";
import type { CallId } from "../../call/ids.ts";
import { replay } from "../../call/reduce.ts";
import { type CallState, isOver } from "../../call/state.ts";
import { type ActorPorts, CallActor } from "./actor.ts";

export interface RegistryPorts extends Omit<ActorPorts, "changed"> {
  /** Each event of each call, after it is stored. */
  noticed(callId: CallId, event: StoredEvent): void;
}

const mostFinished = 64;

export class CallRegistry {
  readonly #ports: ActorPorts;
  readonly #actors = new Map<CallId, CallActor>();
  readonly #byCarrierId = new Map<string, CallId>();
  /** Calls that ended or were asked about of late. */
  readonly #finished = new Map<CallId, CallActor>();
  readonly #waiting = new Set<() => void>();

  constructor(ports: RegistryPorts) {
    this.#ports = {
      ...ports,
      changed: (actor, stored) => {
        this.#index(actor);
        for (const event of stored) ports.noticed(actor.callId, event);
      },
    };
  }

  /** A new call. `carrierCallId`: known already (inbound), so that a second webhook finds the same actor. */
  create(callId: CallId, origin: { request?: { id: string; digest: string }; carrierCallId?: string } = {}): CallActor {
    const actor = new CallActor(callId, this.#ports, origin.request === undefined ? {} : { request: origin.request });
    this.#actors.set(callId, actor);
    if (origin.carrierCallId !== undefined) this.#byCarrierId.set(origin.carrierCallId, callId);
    return actor;
  }

  /** A call that was open when the daemon last stopped; it does not count until confirmed. */
  restore(callId: CallId): CallActor | undefined {
    const state = replay(this.#ports.store.callEvents(callId));
    if (state === undefined) return undefined;
    const actor = new CallActor(callId, this.#ports, { state });
    this.#actors.set(callId, actor);
    this.#index(actor);
    return actor;
  }

  /** The live actor for our id or the carrier's. */
  find(id: string): CallActor | undefined {
    return this.#actors.get(id) ?? this.#actors.get(this.#byCarrierId.get(id) ?? "");
  }

  /** The live actor, or one made from the log of a finished call so that late facts can still be noted. */
  findOrReplay(id: string): CallActor | undefined {
    const live = this.find(id);
    if (live !== undefined) return live;
    const callId = this.#ports.store.findCall(id);
    return callId === undefined ? undefined : (this.#finished.get(callId) ?? this.#replay(callId));
  }

  #replay(callId: CallId): CallActor | undefined {
    const state = replay(this.#ports.store.callEvents(callId));
    return state === undefined ? undefined : this.#keep(new CallActor(callId, this.#ports, { state }));
  }

  /** One actor for a finished call too, so that facts that come late and together do not contradict each other. */
  #keep(actor: CallActor): CallActor {
    const [oldest] = this.#finished.keys();
    if (oldest !== undefined && this.#finished.size >= mostFinished) this.#finished.delete(oldest);
    this.#finished.set(actor.callId, actor);
    return actor;
  }

  state(id: string): CallState | undefined {
    return this.findOrReplay(id)?.state;
  }

  /** Other calls between the same numbers whose dial has no outcome yet. */
  rivals({ callId, from, to }: CallState): CallActor[] {
    return this.actors().filter(({ state }) => {
      const open = state?.phase.name === "requested" && state.carrierCallId === undefined;
      return open && state.callId !== callId && state.from === from && state.to === to;
    });
  }

  actors(): CallActor[] {
    return [...this.#actors.values()];
  }

  /** Calls that are confirmed, or just being placed. */
  get liveCalls(): number {
    let count = 0;
    for (const actor of this.#actors.values()) if (actor.confirmed) count++;
    return count;
  }

  /** Forgets a new call whose first event could not be stored. */
  drop(actor: CallActor): void {
    actor.release();
    this.#actors.delete(actor.callId);
    for (const [carrierId, callId] of this.#byCarrierId)
      if (callId === actor.callId) this.#byCarrierId.delete(carrierId);
    if (this.#actors.size === 0) for (const wake of this.#waiting) wake();
  }

  /** Settles when no call is open, or the signal aborts. */
  async empty(signal: AbortSignal): Promise<void> {
    if (this.#actors.size === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  #index(actor: CallActor): void {
    const { state } = actor;
    if (state === undefined) return;
    if (isOver(state)) {
      if (this.#actors.get(actor.callId) === actor) this.drop(this.#keep(actor));
      return;
    }
    if (state.carrierCallId !== undefined) this.#byCarrierId.set(state.carrierCallId, actor.callId);
  }
}
