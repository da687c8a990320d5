// The public view of a call: OpenClaw's names for our phases and turns.
import type { CallMode } from "./command.ts";
import type { EndReason } from "./event.ts";
import type { CallId, CarrierCallId } from "./ids.ts";
import type { CallState, RecordedFile, TimedTurn, TranscriptEntry } from "./state.ts";

export type CallStatus = "initiated" | "ringing" | "answered" | "active" | "speaking" | "listening" | EndReason;

/** A call as clients see it; times in epoch ms. */
export interface CallView {
  callId: CallId;
  providerCallId?: CarrierCallId;
  provider: string;
  direction: "inbound" | "outbound";
  state: CallStatus;
  from: string;
  to: string;
  mode: CallMode;
  sessionKey?: string;
  /** The session that ordered the call. */
  requesterSessionKey?: string;
  startedAt: number;
  answeredAt?: number;
  endedAt?: number;
  endReason?: EndReason;
  /** Why it ended, in the carrier's or our words, when there is more to say than the reason. */
  endDetail?: { message: string; carrierCode?: string; hint?: string };
  transcript: TranscriptEntry[];
  /** Its audio goes over a media stream, or did to the end. */
  streams?: true;
  /** Why the carrier's own voice and recogniser took over from the media stream. */
  streamAbandoned?: string;
  /** The call is recorded; the files that are complete, one more for each restart of the daemon in it. */
  recording?: { files: RecordedFile[] };
  /** What the carrier's detection made of who answered. */
  answeredBy?: "human" | "machine" | "unknown";
  /** The times of the last turns on a media stream, oldest first. */
  turns?: TimedTurn[];
}

export function viewOf(state: CallState): CallView {
  const { phase } = state;
  return {
    callId: state.callId,
    ...(state.carrierCallId !== undefined && { providerCallId: state.carrierCallId }),
    provider: state.carrier,
    direction: state.direction,
    state: statusOf(state),
    from: state.from,
    to: state.to,
    mode: state.mode,
    ...(state.sessionKey !== undefined && { sessionKey: state.sessionKey }),
    ...(state.requesterSessionKey !== undefined && { requesterSessionKey: state.requesterSessionKey }),
    startedAt: state.startedAt,
    ...((phase.name === "live" || phase.name === "ended") &&
      phase.answeredAt !== undefined && { answeredAt: phase.answeredAt }),
    ...(phase.name === "ended" && endOf(phase)),
    transcript: state.transcript.map(({ timestamp, speaker, text, isFinal }) => ({
      timestamp,
      speaker,
      text,
      isFinal,
    })),
    ...audioOf(state),
  };
}

type Audio = Pick<CallView, "streams" | "streamAbandoned" | "recording" | "answeredBy" | "turns">;

function audioOf({ traits, abandoned, recording, met, timed }: CallState): Audio {
  return {
    ...(traits.streams && { streams: true }),
    ...(abandoned !== undefined && { streamAbandoned: abandoned }),
    ...(recording !== undefined && { recording }),
    ...(met !== undefined && { answeredBy: met }),
    ...(timed.length > 0 && { turns: timed }),
  };
}

function endOf(
  phase: Extract<CallState["phase"], { name: "ended" }>,
): Pick<CallView, "endedAt" | "endReason" | "endDetail"> {
  const { message, carrierCode, hint } = phase;
  return {
    endedAt: phase.endedAt,
    endReason: phase.reason,
    ...(message !== undefined && {
      endDetail: { message, ...(carrierCode !== undefined && { carrierCode }), ...(hint !== undefined && { hint }) },
    }),
  };
}

function statusOf(state: CallState): CallStatus {
  const { phase, turn } = state;
  if (phase.name === "ended") return phase.reason;
  if (phase.name === "ringing") return "ringing";
  if (phase.name !== "live") return "initiated";
  if (turn.whose === "agent") return "speaking";
  if (turn.whose === "caller") return "listening";
  return phase.ready ? "active" : "answered";
}
