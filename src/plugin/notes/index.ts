// Placeholder until the responder is merged.
import type { VoiceCall } from "../../client/index.ts";
import type { PluginLog } from "../log.ts";

export interface NotesHost {
  readonly runtime: object;
}
export interface NotesOptions {
  host: NotesHost;
  voice: VoiceCall;
  emit(event: string, payload: unknown): void;
  log: PluginLog;
  signal: AbortSignal;
}

export async function tellOfCalls({ voice, emit, signal }: NotesOptions): Promise<void> {
  for await (const event of voice.events.follow({ signal })) emit("call", { type: event.type, callId: event.callId });
}
