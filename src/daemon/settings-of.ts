// The configuration as the calls need it: seconds become milliseconds, keys become words of the domain.
import type { CallSettings, LineSettings } from "./calls/settings.ts";
import type { Config } from "./config/schema.ts";

/** What the mock carrier calls from when no number is configured; reserved for fiction. */
const mockNumber = "+15555550100";

export function ownNumber(config: Config | undefined): string {
  return config?.fromNumber ?? mockNumber;
}

/** Whether a recogniser of ours is configured. */
export function hears(config: Config | undefined): boolean {
  return Object.values(config?.streaming.providers ?? {}).some(({ apiKey }) => apiKey !== undefined);
}

export function settingsOf(config: Config): CallSettings {
  return {
    carrier: config.provider,
    fromNumber: ownNumber(config),
    ...(config.toNumber !== undefined && { toNumber: config.toNumber }),
    defaultMode: config.outbound.defaultMode,
    maxConcurrentCalls: config.maxConcurrentCalls,
    sessionScope: config.sessionScope,
    inbound: { policy: config.inboundPolicy, allowFrom: config.allowFrom },
    phrases: config.phrases,
    streams: config.streaming.enabled,
    hears: hears(config),
    records: config.recording.enabled,
    ...(config.outbound.onVoicemail !== undefined && { onVoicemail: config.outbound.onVoicemail }),
    line: (dialled) => lineOf(config, dialled),
    limits: {
      ringTimeoutMs: config.ringTimeoutMs,
      maxDurationMs: config.maxDurationSeconds * 1000,
      notifyHangupDelayMs: config.outbound.notifyHangupDelaySec * 1000,
      transcriptTimeoutMs: config.transcriptTimeoutMs,
      silenceTimeoutMs: config.silenceTimeoutMs,
      staleAfterMs: config.staleCallReaperSeconds * 1000,
      responseTimeoutMs: config.responseTimeoutMs,
      idleAfterMs: config.idle.afterSeconds * 1000,
      fillerAfterMs: config.streaming.fillerAfterMs,
    },
  };
}

/** Settings of the dialled number win over those for all numbers. */
function lineOf(config: Config, dialled: string): LineSettings {
  const { inboundGreeting, inboundTools, agentId, responseModel, responseSystemPrompt, responseTimeoutMs } = {
    ...config,
    ...config.numbers[dialled],
  };
  return {
    ...(inboundGreeting !== undefined && inboundGreeting !== "" && { greeting: inboundGreeting }),
    responseTimeoutMs,
    route: {
      tools: inboundTools,
      ...(agentId !== undefined && { agentId }),
      ...(responseModel !== undefined && { model: responseModel }),
      ...(responseSystemPrompt !== undefined && { systemPrompt: responseSystemPrompt }),
    },
  };
}
