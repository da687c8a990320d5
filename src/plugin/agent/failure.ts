// What the host throws at a turn, in words of ours where there is a way out.
import { CallError } from "../../call/error.ts";
import { field } from "../../client/field.ts";

export function explained(error: unknown, agentId: string): unknown {
  if (field(error, "code") === "RUN_WORKSPACE_AGENT_NOT_CONFIGURED") {
    return new CallError("CONFIG_INVALID", `there is no agent \`${agentId}\` to answer with`, {
      hint: "correct `plugins.entries.voice-call.config.agentId`, that of the number, or the order's",
      cause: error,
    });
  }
  if (error instanceof Error && error.name === "GatewayDrainingError") {
    return new CallError("DRAINING", "the Gateway takes no new work: it is being stopped or reloaded", {
      cause: error,
    });
  }
  return error;
}
