// What clients of the Gateway are told while a call goes on: where it stands, never what is said.
import { shortNumber } from "../../call/phone-number.ts";
import type { CallView, StoredEvent } from "../../client/index.ts";

const toldTypes: ReadonlySet<string> = new Set<StoredEvent["type"]>([
  "call.requested",
  "call.received",
  "call.rejected",
  "call.ringing",
  "call.answered",
  "utterance.started",
  "caller.spoke",
  "call.ended",
]);

export function isTold({ type }: StoredEvent): boolean {
  return toldTypes.has(type);
}

/** `seq`: by which a client knows an event that it gets twice, after the Gateway was killed. */
export function callEvent({ seq, at, type }: StoredEvent, call: CallView): Record<string, unknown> {
  const { callId, state, direction, mode, from, to, endReason } = call;
  const numbers = { from: shortNumber(from), to: shortNumber(to) };
  return { seq, at, callId, type, state, direction, mode, ...numbers, ...(endReason !== undefined && { endReason }) };
}
