// Puts the calls together: carriers, actors, the public listener, and the reconciliation of what was open before.
import type { CallEffect } from "../call/effect.ts";
import type { LegFacts } from "../call/fact.ts";
import type { System } from "../router/context.ts";
import type { CallActor } from "./calls/actor.ts";
import { receive } from "./calls/inbound.ts";
import { fact, perform, placed } from "./calls/perform.ts";
import type { CallerPairings, CallPorts } from "./calls/ports.ts";
import { reconcile } from "./calls/reconcile.ts";
import { CallRegistry } from "./calls/registry.ts";
import { CallService } from "./calls/service.ts";
import { CarrierSet, type CarrierSetPorts } from "./carrier-set.ts";
import type { Deps } from "./deps.ts";
import { applyConfig, reloadConfig, requiredConfig, settingsInForce, takeConfig } from "./follow-config.ts";
import { FrontDoor } from "./front-door.ts";
import type { LiveConfig } from "./live-config.ts";
import { PublicAddress } from "./public-address.ts";
import type { MediaEngine } from "./media/engine.ts";
import { openMedia } from "./open-media.ts";
import type { SpeechFiles, SpeechSet } from "./speech-set.ts";
import type { EventStore } from "./store/event-store.ts";
import type { CountedFeed } from "./store/feed.ts";
import { TurnDesk } from "./turns/turns.ts";

export interface OpenCallsOptions {
  deps: Deps;
  store: EventStore;
  feed: CountedFeed;
  config: LiveConfig;
  stateDir: string;
  pairings: CallerPairings;
  speechFiles: SpeechFiles;
  draining(): boolean;
}

/** A Gateway that starts again takes 11 to 16 s on a small machine; its callers wait for it. */
const gatewayBackWithinMs = 25_000;

export interface OpenCalls extends AsyncDisposable {
  service: CallService;
  turns: TurnDesk;
  registry: CallRegistry;
  carriers: CarrierSet;
  frontDoor: FrontDoor;
  speech: SpeechSet;
  /** Calls whose media stream is up. */
  streaming(): number;
  address: PublicAddress;
  reload: System["reload"];
  configure: System["configure"];
}

export async function openCalls(options: OpenCallsOptions): Promise<OpenCalls> {
  const { deps, store, feed, config, stateDir, pairings, speechFiles, draining } = options;
  const run = (effect: CallEffect, actor: CallActor): Promise<void> =>
    perform(effect, actor, { ...deps, carriers, store, registry, media: media.engine });
  const registry = new CallRegistry({
    ...deps,
    store,
    perform: (effect, actor) => void run(effect, actor),
    noticed: (callId, event) => {
      turns.noticed(callId, event);
      media.engine.noticed(callId, event);
    },
  });
  const unattendedAfterMs = (): number => (config.current.ok ? config.current.config.unattendedAfterMs : 0);
  const turns = new TurnDesk({
    ...deps,
    feed,
    registry,
    unattendedAfterMs,
    backWithinMs: () => (config.source === "gateway" ? gatewayBackWithinMs : 0),
    firstPiece: (callId, offerId) => media.engine.firstToken(callId, offerId),
  });
  const address = new PublicAddress({
    ...deps,
    stateDir,
    config: () => requiredConfig(config),
    listenerPort: () => frontDoor.port,
    probe: (url) => frontDoor.probe.run(url),
  });
  const media = openMedia({ deps, config, stateDir, registry, speechFiles, carriers: () => carriers });
  const carrierPorts: CarrierSetPorts = {
    ...deps,
    publicUrl: (current) => address.urlFor(current),
    streamUrl: (current, callId) => media.streamUrl(address.urlFor(current), frontDoor.streamPath, callId),
    deliver: (facts) => deliver(facts, { ...ports, carriers, engine: media.engine }),
  };
  const carriers = new CarrierSet(carrierPorts, deps.newId);
  const settings = (): ReturnType<CallPorts["settings"]> => settingsInForce(followers, reconciliation);
  const ports: CallPorts = { ...deps, store, registry, carriers, pairings, draining, settings };
  const frontDoor = new FrontDoor({ carriers, calls: ports, streams: media.sockets });
  const followers = { config, registry, carriers, frontDoor, address, speech: media.speech };

  await applyConfig(followers);
  // The carrier that can look the calls up may be one that only the Gateway's configuration has the keys of.
  const reconciliation = reconcile(ports, (effect, actor) => config.decided.then(() => run(effect, actor)));
  return {
    service: new CallService(ports),
    turns,
    registry,
    carriers,
    frontDoor,
    speech: media.speech,
    streaming: () => media.engine.streaming,
    address,
    reload: () => reloadConfig(followers),
    configure: (order) => takeConfig(followers, order),
    [Symbol.asyncDispose]: () => close({ address, frontDoor, reconciliation, media, carriers, registry }),
  };
}

interface DeliveryPorts extends CallPorts {
  carriers: CarrierSet;
  engine: MediaEngine;
}

/** From the outside in; what is still being stored ends last. */
async function close({
  registry,
  carriers,
  ...open
}: { registry: CallRegistry; carriers: CarrierSet } & Open): Promise<void> {
  await open.address[Symbol.asyncDispose]();
  await open.frontDoor[Symbol.asyncDispose]();
  await open.reconciliation[Symbol.asyncDispose]();
  await open.media[Symbol.asyncDispose]();
  for (const actor of registry.actors()) actor.release();
  await carriers[Symbol.asyncDispose]();
  await Promise.all(registry.actors().map((actor) => actor.idle()));
}

type Open = Record<"address" | "frontDoor" | "reconciliation" | "media", AsyncDisposable>;

/** Facts that come by another way than a webhook. */
async function deliver(facts: LegFacts, ports: DeliveryPorts): Promise<void> {
  const actor = [facts.callId, facts.carrierCallId]
    .map((id) => (id === undefined ? undefined : ports.registry.find(id)))
    .find(Boolean);
  if (actor !== undefined) {
    const [first] = facts.facts;
    // On a stream words may interrupt us, which is for the call's own ear to say.
    if (first?.type === "spoke" && ports.engine.told(actor.callId, first.text)) return actor.idle();
    const adopt = facts.carrierCallId === undefined ? [] : [placed(facts.carrierCallId, "webhook")];
    await actor.tell([...adopt, ...facts.facts.map(fact)]);
    return;
  }
  const incoming = facts.facts.find((carrierFact) => carrierFact.type === "incoming");
  const carrier = ports.carriers.mock;
  if (incoming === undefined || facts.carrierCallId === undefined || carrier === undefined) return;
  await receive({ carrier, carrierCallId: facts.carrierCallId, from: incoming.from, to: incoming.to }, ports);
}
