// Deadlines in the state of a call: setting and taking away.
import type { TimerName } from "./event.ts";
import type { CallState } from "./state.ts";

export function withTimer(state: CallState, name: TimerName, deadline: number): CallState {
  return { ...state, timers: { ...state.timers, [name]: deadline } };
}

export function withoutTimer(state: CallState, ...names: TimerName[]): CallState {
  const timers = { ...state.timers };
  for (const name of names) delete timers[name];
  return { ...state, timers };
}
