// The functions of OpenClaw's SDK that calls need, loaded from the host when they are needed first.
import { CallError } from "../call/error.ts";
import { field } from "../client/field.ts";

export interface HostSdk {
  /** Frees the work from the reload that the service was started in: the host would refuse it once that reload is over. */
  runDetached<T>(work: () => Promise<T>): Promise<T>;
  /** The only agent there is. @throws when there are several. */
  defaultAgentId(config: unknown): string;
}

export async function loadHostSdk(): Promise<HostSdk> {
  const [guards, agents] = await Promise.all([
    exportsOf("openclaw/plugin-sdk/webhook-request-guards"),
    exportsOf("openclaw/plugin-sdk/agent-scope-runtime"),
  ]);
  const runDetachedWebhookWork = field(guards, "runDetachedWebhookWork");
  const resolveDefaultAgentId = field(agents, "resolveDefaultAgentId");
  if (typeof runDetachedWebhookWork !== "function" || typeof resolveDefaultAgentId !== "function") {
    throw new CallError("UNSUPPORTED", "this OpenClaw lacks what answering callers needs of its plugin SDK", {
      hint: "update OpenClaw to 2026.9.0 or newer",
    });
  }
  return {
    runDetached: (work) => runDetachedWebhookWork(work),
    defaultAgentId: (config) => String(resolveDefaultAgentId(config)),
  };
}

/** By a name that no compiler and no bundler follows: the package is the host's, not ours. */
async function exportsOf(specifier: string): Promise<unknown> {
  return await import(specifier);
}
