// A call whose audio goes over a media stream: what becomes of it when the stream is lost, or our voice or ear cannot be had.
import type { CallEvent } from "./event.ts";
import { type CallState, digitsUnderway } from "./state.ts";

/** New streams that are tried while none comes up, and over the whole call, before the carrier's own speech takes over. */
const mostFailures = 4;
const mostLosses = 20;

/** The stream has ended, or did not come up: another one is asked for, or the carrier speaks and listens from now on. */
export function loseStream(state: CallState, message: string): CallEvent[] {
  if (!onStream(state)) return [{ type: "carrier.noted", what: "the media stream is over" }];
  const { failures, losses } = state.stream;
  if (digitsUnderway(state) !== undefined) return [{ type: "line.lost", message }];
  const hopeless = failures + 1 >= mostFailures || losses + 1 >= mostLosses;
  return hopeless ? [abandon(message)] : [{ type: "line.lost", message }];
}

/** No stream came up in time, or no voice of ours can speak: the carrier's own speech takes over. */
export function leaveStream(state: CallState, message: string): CallEvent[] {
  return onStream(state) ? [abandon(message)] : [];
}

/** Our ear is gone: the caller is told, by a voice that works, and heard by the carrier's recogniser from then on. */
export function turnDeaf(state: CallState, message: string): CallEvent[] {
  if (!onStream(state)) return [];
  const text = state.phrases.deaf ?? "";
  const told: CallEvent[] =
    text === "" || state.closing !== undefined || state.mode === "notify"
      ? []
      : [{ type: "utterance.requested", utteranceId: `p${state.callSeq + 1}`, text, purpose: "phrase" }];
  // The carrier's own voice says it: what is asked for before would be begun by ours.
  return [abandon(message), ...told];
}

/** The line has sent nothing for long: nobody is there any more. */
export function endStalled(state: CallState): CallEvent[] {
  return onStream(state) ? [{ type: "hangUp.requested", reason: "error" }] : [];
}

type Streaming = CallState & { stream: NonNullable<CallState["stream"]> };

function onStream(state: CallState): state is Streaming {
  return state.stream !== undefined && state.phase.name === "live" && state.ending === undefined;
}

function abandon(message: string): CallEvent<"stream.abandoned"> {
  return { type: "stream.abandoned", message };
}
