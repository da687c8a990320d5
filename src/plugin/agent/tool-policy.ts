// What the agent may do on a call. A caller's number proves nothing, so whoever calls in gets no more than the owner allows.
import type { TurnOffer } from "../../client/index.ts";
import type { AgentRun } from "./host.ts";

/** Tools that change nothing, and reach no other conversation. */
const lookingUp = ["read", "memory_search", "memory_get", "web_search", "web_fetch"];

type ToolPolicy = Pick<
  AgentRun,
  "senderIsOwner" | "toolsAllow" | "disableTools" | "requireWorkspaceOnly" | "conversationToolPolicy"
>;

export function toolPolicyOf({ call, tools = "read-only" }: TurnOffer): ToolPolicy {
  if (call.direction === "outbound" || tools === "all") {
    // Speech made as a file for a chat is heard by nobody on the phone.
    return { senderIsOwner: false, conversationToolPolicy: { deny: ["tts"] } };
  }
  if (tools === "none") return { senderIsOwner: false, disableTools: true };
  return { senderIsOwner: false, toolsAllow: lookingUp, requireWorkspaceOnly: true };
}
