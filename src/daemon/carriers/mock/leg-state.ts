// The state of one leg as a pure machine: what happens on the line, and the facts that come of it.
import type { CarrierFact, LegOutcome } from "../../../call/fact.ts";
import type { Over } from "./callee.ts";
import type { Pace } from "./pace.ts";

/** What reached the other side's ear, in order. */
export interface Heard {
  readonly texts: readonly string[];
  readonly digits: readonly string[];
}

interface Speech {
  utteranceId: string;
  text: string;
  startedAt: number;
}

export type LegPhase =
  | { name: "ringing" }
  /** `ready`: takes orders; before that the digits of the dial are being sent. */
  | { name: "live"; ready: boolean; speech?: Speech }
  | { name: "over"; outcome: LegOutcome };

export interface LegState {
  phase: LegPhase;
  heard: Heard;
}

export type LegAction =
  | { type: "callIn"; from: string; to: string }
  | { type: "ring" }
  | { type: "answer"; ready: boolean }
  | { type: "becomeReady"; digits: string }
  | { type: "speak"; utteranceId: string; text: string }
  | { type: "finishSpeech" }
  | { type: "hearDigits"; digits: string }
  | { type: "say"; text: string }
  | { type: "press"; digits: string }
  | { type: "end"; over: Over };

export interface LegStep {
  state: LegState;
  facts: CarrierFact[];
}

export const ringing: LegState = { phase: { name: "ringing" }, heard: { texts: [], digits: [] } };

/** What the action makes of the leg at `at` (epoch ms). One that does not fit the phase changes nothing. */
export function step(state: LegState, action: LegAction, now: { at: number; pace: Pace }): LegStep {
  const { phase } = state;
  if (phase.name === "over") return { state, facts: [] };
  if (action.type === "end") return end(state, action.over, now);
  return phase.name === "ringing" ? whileRinging(state, action) : whileLive(state, action, now);
}

function whileRinging(state: LegState, action: LegAction): LegStep {
  switch (action.type) {
    case "callIn":
      return { state, facts: [{ type: "incoming", from: action.from, to: action.to }] };
    case "ring":
      return { state, facts: [{ type: "ringing" }] };
    case "answer":
      return {
        state: { ...state, phase: { name: "live", ready: action.ready } },
        facts: [{ type: "answered" }, ...(action.ready ? ([{ type: "ready" }] as const) : [])],
      };
    default:
      return { state, facts: [] };
  }
}

function whileLive(state: LegState, action: LegAction, now: { at: number; pace: Pace }): LegStep {
  switch (action.type) {
    case "becomeReady":
      return {
        state: { ...withDigits(state, action.digits), phase: { name: "live", ready: true } },
        facts: [{ type: "ready" }],
      };
    case "speak": {
      const { utteranceId, text } = action;
      const before = interrupted(state, now);
      const phase = { name: "live", ready: true, speech: { utteranceId, text, startedAt: now.at } } as const;
      return { state: { ...before.state, phase }, facts: [...before.facts, { type: "started", utteranceId }] };
    }
    case "finishSpeech":
      return finishSpeech(state);
    case "hearDigits":
      return { state: withDigits(state, action.digits), facts: [] };
    case "say": {
      const before = interrupted(state, now);
      return { state: before.state, facts: [...before.facts, { type: "spoke", text: action.text }] };
    }
    case "press":
      return { state, facts: [{ type: "pressed", digits: action.digits }] };
    default:
      return { state, facts: [] };
  }
}

/** Words under way when the line drops get no fact of their own: carriers say only that it is over. */
function end(state: LegState, over: Over, now: { at: number; pace: Pace }): LegStep {
  const { heard } = interrupted(state, now).state;
  return { state: { heard, phase: { name: "over", outcome: over.outcome } }, facts: [over] };
}

function finishSpeech(state: LegState): LegStep {
  if (state.phase.name !== "live" || state.phase.speech === undefined) return { state, facts: [] };
  const { utteranceId, text } = state.phase.speech;
  return {
    state: { ...withText(state, text), phase: { name: "live", ready: true } },
    facts: [{ type: "played", utteranceId }],
  };
}

function interrupted(state: LegState, { at, pace }: { at: number; pace: Pace }): LegStep {
  if (state.phase.name !== "live" || state.phase.speech === undefined) return { state, facts: [] };
  const { utteranceId, text, startedAt } = state.phase.speech;
  const heard = pace.heard(text, at - startedAt);
  return {
    state: { ...withText(state, heard), phase: { name: "live", ready: true } },
    facts: [{ type: "cut", utteranceId, heard }],
  };
}

function withText(state: LegState, text: string): LegState {
  const { texts, digits } = state.heard;
  return text === "" ? state : { ...state, heard: { texts: [...texts, text], digits } };
}

function withDigits(state: LegState, more: string): LegState {
  const { texts, digits } = state.heard;
  return { ...state, heard: { texts, digits: [...digits, more] } };
}
