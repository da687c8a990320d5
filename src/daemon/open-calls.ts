// Puts the calls together: carriers, actors, the public listener, and the reconciliation of what was open before.
import type { CallEffect } from "../call/effect.ts";
import { CallError } from "../call/error.ts";
import type { LegFacts } from "../call/fact.ts";
import type { Problem } from "../router/context.ts";
import type { CallActor } from "./calls/actor.ts";
import { receive } from "./calls/inbound.ts";
import { fact, perform, placed } from "./calls/perform.ts";
import type { CallPorts } from "./calls/ports.ts";
import { reconcile } from "./calls/reconcile.ts";
import { CallRegistry } from "./calls/registry.ts";
import { CallService } from "./calls/service.ts";
import { CarrierSet } from "./carrier-set.ts";
import type { CarrierPorts } from "./carriers/carrier.ts";
import { compareConfigs } from "./config/compare.ts";
import type { Config } from "./config/schema.ts";
import type { Deps } from "./deps.ts";
import { FrontDoor } from "./front-door.ts";
import type { LiveConfig } from "./live-config.ts";
import { settingsOf } from "./settings-of.ts";
import type { EventStore } from "./store/event-store.ts";

export interface OpenCallsOptions {
  deps: Deps;
  store: EventStore;
  config: LiveConfig;
  draining(): boolean;
}

export interface OpenCalls extends AsyncDisposable {
  service: CallService;
  registry: CallRegistry;
  carriers: CarrierSet;
  frontDoor: FrontDoor;
  reload(): Promise<{ applied: string[]; needRestart: string[]; problems: Problem[] }>;
}

export async function openCalls({ deps, store, config, draining }: OpenCallsOptions): Promise<OpenCalls> {
  const run = (effect: CallEffect, actor: CallActor): Promise<void> =>
    perform(effect, actor, { carriers, store, log: deps.log });
  const registry = new CallRegistry({ ...deps, store, perform: (effect, actor) => void run(effect, actor) });
  const carriers = new CarrierSet(
    carrierPorts(deps, config, (facts) => deliver(facts, ports, carriers)),
    deps.newId,
  );
  const ports: CallPorts = { ...deps, store, registry, carriers, draining, settings };
  const frontDoor = new FrontDoor({ carriers, calls: ports, config: () => required(config) });
  const live = (name: string): boolean => registry.actors().some(({ state }) => state?.carrier === name);

  async function apply(): Promise<void> {
    if (!config.current.ok) return;
    await carriers.configure(config.current.config, live);
    await frontDoor.open();
  }

  async function reload(): ReturnType<OpenCalls["reload"]> {
    const before = config.current;
    config.refresh();
    await apply();
    const after = config.current;
    const changes =
      before.ok && after.ok ? compareConfigs(before.config, after.config) : { applied: [], needRestart: [] };
    return { ...changes, problems: [...config.problems, ...frontDoor.problems] };
  }

  async function settings(): ReturnType<CallPorts["settings"]> {
    config.refresh();
    await apply();
    await reconciliation.settled;
    const current = required(config);
    frontDoor.requireOpen();
    return settingsOf(current);
  }

  await apply();
  const reconciliation = reconcile(ports, run);
  return {
    service: new CallService(ports),
    registry,
    carriers,
    frontDoor,
    reload,
    async [Symbol.asyncDispose]() {
      await frontDoor[Symbol.asyncDispose]();
      await reconciliation[Symbol.asyncDispose]();
      for (const actor of registry.actors()) actor.release();
      await carriers[Symbol.asyncDispose]();
      await Promise.all(registry.actors().map((actor) => actor.idle()));
    },
  };
}

/** @throws CallError `CONFIG_INVALID` with the first problem of a wrong configuration. */
function required(config: LiveConfig): Config {
  if (config.current.ok) {
    if (config.current.config.enabled) return config.current.config;
    throw new CallError("CONFIG_INVALID", "voice calls are switched off (`enabled: false`)", {
      hint: "set `enabled: true` in the configuration",
    });
  }
  const [problem] = config.problems;
  throw new CallError("CONFIG_INVALID", problem?.message ?? "the configuration is wrong", { hint: problem?.hint });
}

function carrierPorts(deps: Deps, config: LiveConfig, handOver: CarrierPorts["deliver"]): CarrierPorts {
  return {
    clock: deps.clock,
    log: deps.log,
    deliver: handOver,
    publicUrl: () => {
      const { publicUrl } = required(config);
      if (publicUrl !== undefined) return publicUrl;
      throw new CallError("CONFIG_INVALID", "`publicUrl` is missing, so the carrier cannot reach this machine", {
        hint: "set `publicUrl` to the https URL that leads to the webhook listener",
      });
    },
  };
}

/** Facts that come by another way than a webhook. */
async function deliver(facts: LegFacts, ports: CallPorts, carriers: CarrierSet): Promise<void> {
  const actor = [facts.callId, facts.carrierCallId]
    .map((id) => (id === undefined ? undefined : ports.registry.find(id)))
    .find(Boolean);
  if (actor !== undefined) {
    const adopt = facts.carrierCallId === undefined ? [] : [placed(facts.carrierCallId, "webhook")];
    await actor.tell([...adopt, ...facts.facts.map(fact)]);
    return;
  }
  const incoming = facts.facts.find((carrierFact) => carrierFact.type === "incoming");
  const carrier = carriers.mock;
  if (incoming === undefined || facts.carrierCallId === undefined || carrier === undefined) return;
  await receive({ carrier, carrierCallId: facts.carrierCallId, from: incoming.from, to: incoming.to }, ports);
}
