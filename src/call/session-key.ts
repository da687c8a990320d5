// The OpenClaw session that a caller's words belong to: the same after a restart, another for another person.
import { isPhoneNumber } from "./phone-number.ts";

export type SessionScope = "per-phone" | "per-call" | "main";

export interface SessionOwner {
  scope: SessionScope;
  agentId: string | undefined;
  /** The other party's number as the carrier gives it. */
  remote: string;
  callId: string;
}

/** The agent that a session key names; undefined when it names none. */
export function agentOfSession(sessionKey: string): string | undefined {
  return /^agent:([^:]+):./.exec(sessionKey)?.[1];
}

/** A caller without a full number shares no session with anybody. */
export function sessionKeyOf({ scope, agentId = "main", remote, callId }: SessionOwner): string {
  if (scope === "main") return `agent:${agentId}:main`;
  const whose = scope === "per-phone" && isPhoneNumber(remote) ? remote.slice(1) : callId;
  return `agent:${agentId}:voice:${whose}`;
}
