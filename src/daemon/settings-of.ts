// The configuration as the calls need it: seconds become milliseconds, keys become words of the domain.
import type { CallSettings } from "./calls/settings.ts";
import type { Config } from "./config/schema.ts";

/** What the mock carrier calls from when no number is configured; reserved for fiction. */
const mockNumber = "+15555550100";

export function ownNumber(config: Config | undefined): string {
  return config?.fromNumber ?? mockNumber;
}

export function settingsOf(config: Config): CallSettings {
  return {
    carrier: config.provider,
    fromNumber: ownNumber(config),
    ...(config.toNumber !== undefined && { toNumber: config.toNumber }),
    defaultMode: config.outbound.defaultMode,
    maxConcurrentCalls: config.maxConcurrentCalls,
    inbound: {
      policy: config.inboundPolicy,
      allowFrom: config.allowFrom,
      ...(config.inboundGreeting !== undefined &&
        config.inboundGreeting !== "" && { greeting: config.inboundGreeting }),
    },
    limits: {
      ringTimeoutMs: config.ringTimeoutMs,
      maxDurationMs: config.maxDurationSeconds * 1000,
      notifyHangupDelayMs: config.outbound.notifyHangupDelaySec * 1000,
      transcriptTimeoutMs: config.transcriptTimeoutMs,
      silenceTimeoutMs: config.silenceTimeoutMs,
      staleAfterMs: config.staleCallReaperSeconds * 1000,
    },
  };
}
