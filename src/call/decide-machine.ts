// A machine has answered an outbound call: hang up, or leave the message when its greeting is over.
import type { CarrierFact } from "./fact.ts";
import type { CallEvent } from "./event.ts";
import type { CallState } from "./state.ts";
import { speaking } from "./turn.ts";

type Detected = Extract<CarrierFact, { type: "detected" }>;

/** A result without a wish of the owner's changes nothing, and a machine is recognised once. */
export function meetMachine(state: CallState, { who, greetingOver, greetingMs }: Detected): CallEvent[] {
  const { voicemail } = state;
  const waits = greetingMs === undefined ? {} : { greetingMs };
  const seen: CallEvent = { type: "machine.detected", who, greetingOver, ...waits };
  if (who !== "machine" || voicemail === undefined || state.ending !== undefined || state.closing !== undefined)
    return [seen];
  if (voicemail.on === "hangup" || voicemail.message === undefined)
    return [seen, { type: "hangUp.requested", reason: "voicemail" }];
  return greetingOver ? [seen, ...leaveMessage(state, voicemail.message)] : [seen, ...hush(state)];
}

/** The machine did not say when it listens: the message is left all the same. */
export function leaveMessageLate(state: CallState): CallEvent[] {
  const message = state.voicemail?.message;
  return message === undefined || state.closing !== undefined ? [] : leaveMessage(state, message);
}

function leaveMessage(state: CallState, text: string): CallEvent[] {
  return [
    { type: "utterance.requested", utteranceId: `v${state.callSeq + 1}`, text, purpose: "opening" },
    { type: "farewell.requested", reason: "voicemail" },
    ...hush(state),
  ];
}

/** What was said into the machine's greeting was heard by nobody. What waits goes first: the free line must not begin it. */
function hush(state: CallState): CallEvent[] {
  const { turn, queue } = state;
  const current = turn.whose === "agent" ? speaking(state, turn.utterance.utteranceId) : undefined;
  const cut: CallEvent[] =
    current === undefined ? [] : [{ type: "utterance.cut", utteranceId: current.utterance.utteranceId, heard: "" }];
  const failed = queue.map(
    ({ utteranceId }) => ({ type: "utterance.failed", utteranceId, message: "a machine answered" }) as const,
  );
  return [...failed, ...cut];
}
