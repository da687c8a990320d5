// Which agent answers a turn, in which session, with which model.
import { CallError } from "../../call/error.ts";
import type { TurnOffer } from "../../client/index.ts";
import type { AgentHost, ModelRef } from "./host.ts";
import type { HostSdk } from "../host-sdk.ts";

/** @throws CallError `CONFIG_INVALID` when several agents could answer and none is named. */
export function agentOf(named: string | undefined, sdk: HostSdk, config: unknown): string {
  if (named !== undefined) return named;
  try {
    return sdk.defaultAgentId(config);
  } catch (cause) {
    throw new CallError("CONFIG_INVALID", "several agents could answer callers, and none is named", {
      hint: "set `plugins.entries.voice-call.config.agentId`, or `numbers.<number>.agentId` for one number",
      cause,
    });
  }
}

/** The session as this agent's own: the daemon knows no agents, and writes `main` where none is named. */
export function sessionOf(agentId: string, sessionKey: string): string {
  const rest = /^agent:[^:]+:(.+)$/.exec(sessionKey)?.[1] ?? sessionKey;
  return `agent:${agentId}:${rest}`;
}

export interface ModelChoice {
  ref: ModelRef;
  /** Why it is not the one that was asked for. */
  notice?: string;
}

/** A model that is not allowed never answers; the agent's own does, because a caller should not hear of a wrong setting. */
export function modelOf({ model: raw }: TurnOffer, agentId: string, { runtime }: AgentHost): ModelChoice {
  const cfg = runtime.config.current();
  const own = runtime.modelConfig.resolveDefaultModelForAgent({ cfg, agentId });
  if (raw === undefined) return { ref: own };
  const defaultProvider = own.provider;
  const allowed = runtime.modelConfig.resolveAllowedModelRef({ cfg, agentId, raw, defaultProvider, catalog: [] });
  if ("ref" in allowed) return { ref: allowed.ref };
  const instead = `${own.provider}/${own.model}`;
  return {
    ref: own,
    notice: `\`responseModel\` ${raw} cannot be used (${allowed.error}); callers are answered with ${instead}. Add it to \`agents.defaults.modelPolicy.allow\`, or change \`responseModel\`.`,
  };
}
