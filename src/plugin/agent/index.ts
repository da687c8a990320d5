// Placeholder until the responder is merged.
import type { VoiceCall } from "../../client/index.ts";
import type { PluginLog } from "../log.ts";

export interface AgentHost {
  readonly runtime: object;
}
export type PluginAnswerConfig = Record<string, unknown>;
export interface AgentAnsweringOptions {
  host: AgentHost;
  voice: VoiceCall;
  config(): PluginAnswerConfig;
  log: PluginLog;
  signal: AbortSignal;
}

export function answerCallers({ voice, signal }: AgentAnsweringOptions): Promise<void> {
  return voice.turns.answer(async () => "Hello.", { responder: "openclaw", signal });
}
