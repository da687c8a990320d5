// Everything that must be right before calls work, looked at in the order in which a beginner gets it right.
import type { Check, Problem } from "../../router/context.ts";
import type { LiveConfig } from "../live-config.ts";
import type { OpenCalls } from "../open-calls.ts";
import { checkAccount } from "./account.ts";
import { checkInbound, checkNumbers, checkResponder } from "./callers.ts";
import { skipped } from "./check.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkExposure } from "./exposure.ts";
import { checkSpeech } from "./live-audio.ts";
import { checkStorage } from "./storage.ts";

export interface ChecksPorts {
  config: LiveConfig;
  calls: OpenCalls;
  stateDir: string;
  storeProblems: readonly Problem[];
}

/** Follows a changed configuration first, and waits for a tunnel that is being opened. */
export async function runChecks(ports: ChecksPorts, signal: AbortSignal): Promise<Check[]> {
  const { config, calls, stateDir, storeProblems } = ports;
  await calls.reload();
  const { current } = config;
  const configuration = checkConfiguration(config);
  const retention = current.ok ? current.config.retention : undefined;
  const storage = checkStorage({ stateDir, problems: storeProblems, retention });
  if (!current.ok || !current.config.enabled) {
    const rest = ["carrier", "listener", "public URL", "reachability", "signature", "inbound"];
    return [
      ...configuration,
      ...storage,
      ...rest.map((name) => skipped(name, "looked at when the configuration is right")),
    ];
  }
  await calls.address.opened();
  const subject = { config: current.config, calls, signal };
  const [account, exposure, speech] = await Promise.all([
    checkAccount(subject),
    checkExposure(subject),
    checkSpeech(subject),
  ]);
  return [
    ...configuration,
    ...storage,
    account,
    ...exposure,
    checkNumbers(current.config),
    ...speech,
    checkInbound(subject),
    checkResponder(subject),
  ];
}
