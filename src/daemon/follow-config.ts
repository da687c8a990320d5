// What must change with the configuration: the carriers, the listener for their webhooks, and the public URL.
import { CallError } from "../call/error.ts";
import type { ConfigOutcome, HandedOver } from "../router/context.ts";
import type { Reconciliation } from "./calls/reconcile.ts";
import type { CallRegistry } from "./calls/registry.ts";
import type { CarrierSet } from "./carrier-set.ts";
import { compareConfigs } from "./config/compare.ts";
import type { Config } from "./config/schema.ts";
import type { FrontDoor } from "./front-door.ts";
import type { LiveConfig } from "./live-config.ts";
import type { CallSettings } from "./calls/settings.ts";
import { settingsOf } from "./settings-of.ts";
import type { SpeechSet } from "./speech-set.ts";
import type { PublicAddress } from "./public-address.ts";

export interface Followers {
  config: LiveConfig;
  registry: CallRegistry;
  carriers: CarrierSet;
  frontDoor: FrontDoor;
  address: PublicAddress;
  speech: SpeechSet;
}

/** While the configuration is wrong, what runs goes on as it was. */
export async function applyConfig({
  config,
  registry,
  carriers,
  frontDoor,
  address,
  speech,
}: Followers): Promise<void> {
  const { current } = config;
  if (current.ok) {
    const isLive = (name: string): boolean => registry.actors().some(({ state }) => state?.carrier === name);
    await carriers.configure(current.config, isLive);
    speech.configure(current.config);
    await frontDoor.open(current.config);
  }
  address.begin();
}

/**
 * What the next call goes by, once restored calls are reconciled.
 * @throws CallError `CONFIG_INVALID`, or why the carrier cannot be used or cannot reach us
 */
export async function settingsInForce(followers: Followers, { settled }: Reconciliation): Promise<CallSettings> {
  const { config, carriers, frontDoor, address } = followers;
  await config.decided;
  config.refresh();
  await applyConfig(followers);
  await settled;
  const current = requiredConfig(config);
  if (carriers.refusal !== undefined) throw carriers.refusal;
  if (frontDoor.requireOpen()) await address.ready();
  return settingsOf(current);
}

/** Reads the configuration again and follows it. */
export function reloadConfig(followers: Followers): Promise<ConfigOutcome> {
  return changeConfig(followers, () => followers.config.refresh());
}

/** Follows a configuration that the Gateway handed over. */
export function takeConfig(followers: Followers, handedOver: HandedOver): Promise<ConfigOutcome> {
  return changeConfig(followers, () => followers.config.handOver(handedOver));
}

async function changeConfig(followers: Followers, change: () => unknown): Promise<ConfigOutcome> {
  const { config, carriers, frontDoor, address } = followers;
  const before = config.current;
  await change();
  await applyConfig(followers);
  const after = config.current;
  const changes =
    before.ok && after.ok
      ? compareConfigs(before.config, after.config, frontDoor.openedBy)
      : { applied: [], needRestart: [] };
  return {
    ...changes,
    problems: [...config.problems, ...config.doubts, ...carriers.problems, ...frontDoor.problems, ...address.problems],
  };
}

/** @throws CallError `CONFIG_INVALID` with the first problem of a wrong configuration. */
export function requiredConfig(config: LiveConfig): Config {
  if (config.current.ok) {
    if (config.current.config.enabled) return config.current.config;
    throw new CallError("CONFIG_INVALID", "voice calls are switched off (`enabled: false`)", {
      hint: "set `enabled: true` in the configuration",
    });
  }
  const [problem] = config.problems;
  throw new CallError("CONFIG_INVALID", problem?.message ?? "the configuration is wrong", { hint: problem?.hint });
}
