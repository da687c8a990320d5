// What the events of our own speech do to a call: asked for, begun, heard, cut, failed.
import type { StoredEvent } from "./event.ts";
import { farewellPauseMs } from "./fold-offer.ts";
import { type CallState, type SpokenLine, type Utterance, awaitsVerdict, speakingMs } from "./state.ts";
import { withTimer, withoutTimer } from "./timers.ts";
import { type Step, openTurns, speaking } from "./turn.ts";

const unprovenGraceMs = 10_000;
const streamGraceMs = 120_000;
/** Carriers tell a person within seconds, and a machine at the end of its greeting at the latest. */
const verdictMs = 30_000;

/** On a stream we know ourselves what was played; callers who interrupt for nothing and slow voices are no reason to give up. */
function graceOf({ traits }: CallState): number {
  return traits.streams ? streamGraceMs : unprovenGraceMs;
}

const same = (state: CallState): Step => ({ state, effects: [] });

function withLine(state: CallState, line: SpokenLine): CallState {
  const known =
    line.utteranceId !== undefined && state.transcript.some((spoken) => spoken.utteranceId === line.utteranceId);
  return known ? state : { ...state, transcript: [...state.transcript, line] };
}

function botLine(state: CallState, utteranceId: string, at: number): CallState {
  const text = speaking(state, utteranceId)?.utterance.text;
  return text === undefined
    ? state
    : withLine(state, { timestamp: at, speaker: "bot", text, isFinal: true, utteranceId });
}

export function utteranceRequested(state: CallState, event: StoredEvent<"utterance.requested">): Step {
  const { utteranceId, text, purpose, requestId, offerId } = event;
  const said = requestId === undefined ? state.said : { ...state.said, [requestId]: utteranceId };
  const utterance: Utterance = { utteranceId, text, purpose, ...(offerId !== undefined && { offerId }) };
  const queued = withoutTimer({ ...state, said, queue: [...state.queue, utterance] }, "notifyHangup", "idle");
  if (offerId !== undefined)
    return same(withTimer(withoutTimer(queued, "filler"), "response", event.at + state.limits.responseTimeoutMs));
  if (purpose === "phrase" || purpose === "opening") return same(queued);
  const byOperator: CallState = state.answeredBy === "nobody" ? { ...queued, answeredBy: "operator" } : queued;
  if (purpose !== "ask") return same(byOperator);
  return same({ ...byOperator, mode: "conversation", asking: { utteranceId, begun: false } });
}

export function utteranceStarted(state: CallState, event: StoredEvent<"utterance.started">): Step {
  const agent = speaking(state, event.utteranceId);
  if (agent === undefined) return same(state);
  const spoken = speakingMs(state.traits, agent.utterance.text);
  const playout = agent.next === undefined ? 2 * spoken + graceOf(state) : spoken;
  const begun = askBegun(botLine(state, event.utteranceId, event.at), event);
  return same(withTimer({ ...begun, turn: { ...agent, startedAt: event.at } }, "playout", event.at + playout));
}

function askBegun(state: CallState, event: StoredEvent<"utterance.started" | "utterance.played">): CallState {
  const { asking } = state;
  if (asking?.utteranceId !== event.utteranceId || asking.begun) return state;
  return withTimer(
    { ...state, asking: { ...asking, begun: true } },
    "transcript",
    event.at + state.limits.transcriptTimeoutMs,
  );
}

export function utterancePlayed(state: CallState, event: StoredEvent<"utterance.played">): Step {
  const agent = speaking(state, event.utteranceId);
  if (agent === undefined) return same(state);
  const heard = withoutTimer(askBegun(botLine(state, event.utteranceId, event.at), event), "playout");
  return same(
    afterSpeech(
      { ...heard, turn: agent.next === undefined ? { whose: "nobody" } : { whose: "caller", accepts: [agent.next] } },
      event.at,
    ),
  );
}

/** After the last words: a notify call or a farewell is over a moment later, and a silent caller is asked some time later. */
function afterSpeech(state: CallState, at: number): CallState {
  const { closing, limits, mode, queue } = state;
  if (queue.length > 0 || state.ending !== undefined) return state;
  if (closing !== undefined) return withTimer(state, "notifyHangup", at + farewellPauseMs);
  if (state.machine === true) return state;
  if (mode === "notify")
    return withTimer(state, "notifyHangup", at + (awaitsVerdict(state) ? verdictMs : limits.notifyHangupDelayMs));
  const asks = limits.idleAfterMs > 0 && state.answeredBy === "responder" && state.offer === undefined;
  return asks ? withTimer(state, "idle", at + limits.idleAfterMs) : state;
}

export function utteranceCut(state: CallState, event: StoredEvent<"utterance.cut">): Step {
  const transcript = state.transcript.flatMap((line) =>
    line.utteranceId !== event.utteranceId ? [line] : event.heard === "" ? [] : [{ ...line, text: event.heard }],
  );
  const agent = speaking(state, event.utteranceId);
  if (agent === undefined) return same({ ...state, transcript });
  return same(withoutTimer(afterSpeech({ ...state, transcript, turn: { whose: "nobody" } }, event.at), "playout"));
}

export function utteranceFailed(state: CallState, event: StoredEvent<"utterance.failed">): Step {
  const agent = speaking(state, event.utteranceId);
  const queue = state.queue.filter((waiting) => waiting.utteranceId !== event.utteranceId);
  const transcript = state.transcript.filter((line) => line.utteranceId !== event.utteranceId);
  const { asking, ...rest } = withoutTimer(
    { ...state, queue, transcript },
    ...(agent === undefined ? [] : (["playout"] as const)),
  );
  const kept: CallState = asking === undefined || asking.utteranceId === event.utteranceId ? rest : { ...rest, asking };
  if (agent === undefined) return same(kept);
  // The caller's earlier turn may still be open at the carrier, and so may the new one when only the reply was lost.
  const accepts = openTurns(state);
  const turn = accepts.length === 0 ? ({ whose: "nobody" } as const) : ({ whose: "caller", accepts } as const);
  return { state: afterSpeech({ ...kept, turn }, event.at), effects: [{ type: "lookUp" }] };
}
