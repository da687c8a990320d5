// Orders from clients: what they make happen to a call, or a named refusal. Every precondition stands here.
import { CallError } from "./error.ts";
import type { CallEvent, EndReason } from "./event.ts";
import { supersede } from "./decide-offer.ts";
import type { CallState } from "./state.ts";

export type CallOrder =
  | { type: "say"; text: string; requestId?: string }
  | { type: "ask"; text: string; requestId?: string }
  | { type: "sendDigits"; digits: string }
  | { type: "hangUp"; reason: EndReason };

/**
 * Decides one order on an existing call. Words said before the answer wait for it.
 * @throws CallError `CALL_ENDED`, `CALL_NOT_LIVE` or `ALREADY_ASKING`.
 */
export function decide(state: CallState, order: CallOrder): CallEvent[] {
  refuseWhenOver(state, order.type);
  switch (order.type) {
    case "say":
    case "ask":
      return speak(state, order);
    case "sendDigits":
      return digits(state, order.digits);
    case "hangUp":
      return state.ending === undefined ? [{ type: "hangUp.requested", reason: order.reason }] : [];
  }
}

function refuseWhenOver({ phase, callId, ending }: CallState, order: CallOrder["type"]): void {
  if (phase.name === "ended") {
    throw new CallError("CALL_ENDED", `the call is over (${phase.reason})`, {
      callId,
      hint: `see what was said with \`voicecall status --call-id ${callId}\``,
    });
  }
  if (ending !== undefined && order !== "hangUp")
    throw new CallError("CALL_ENDED", "the call is being ended", { callId });
}

function speak(state: CallState, order: Extract<CallOrder, { type: "say" | "ask" }>): CallEvent[] {
  if (order.requestId !== undefined && Object.hasOwn(state.said, order.requestId)) return [];
  if (order.type === "ask" && state.asking !== undefined) {
    throw new CallError("ALREADY_ASKING", "another question still waits for the caller's answer", {
      callId: state.callId,
      hint: "wait for that answer, or speak without waiting (`voicecall speak`)",
    });
  }
  return [
    {
      type: "utterance.requested",
      utteranceId: `u${state.callSeq + 1}`,
      text: order.text,
      purpose: order.type,
      ...(order.requestId !== undefined && { requestId: order.requestId }),
    },
    // An operator and a responder never answer the same turn.
    ...supersede(state),
  ];
}

function digits(state: CallState, pressed: string): CallEvent[] {
  if (state.phase.name !== "live") {
    throw new CallError("CALL_NOT_LIVE", "digits can be sent only after the call is answered", {
      callId: state.callId,
      hint: "wait for `call.answered` in `voicecall tail`",
    });
  }
  return [{ type: "digits.requested", digitsId: `d${state.callSeq + 1}`, digits: pressed }];
}
