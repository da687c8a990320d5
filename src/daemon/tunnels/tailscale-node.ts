// What `tailscale status --json` says about this machine, and whether a tunnel can be made of it.
import * as z from "zod";
import { CallError } from "../../call/error.ts";
import { tunnelFailure } from "./failure.ts";
import type { TailscaleSettings } from "./tunnel.ts";

const schema = z.object({
  BackendState: z.string(),
  CertDomains: z.array(z.string()).nullish(),
  Self: z
    .object({
      ID: z.string().optional(),
      DNSName: z.string().optional(),
      Capabilities: z.array(z.string()).nullish(),
      CapMap: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

export type TailscaleNode = z.infer<typeof schema>;

/** @returns undefined for text of another shape. */
export function parseNode(json: unknown): TailscaleNode | undefined {
  return schema.safeParse(json).data;
}

/** The machine's DNS name, without the dot that Tailscale writes at its end. */
export function hostOf(node: TailscaleNode): string {
  return node.Self?.DNSName?.replace(/\.$/, "") ?? "";
}

/** Known before anything is tried: the command itself would block, or name no way out. */
export function unready(node: TailscaleNode, settings: TailscaleSettings): CallError | undefined {
  if (node.BackendState !== "Running") return notRunning(node.BackendState);
  if (hostOf(node) === "") {
    return tunnelFailure(
      "this machine has no Tailscale DNS name",
      "turn on MagicDNS at https://login.tailscale.com/admin/dns",
    );
  }
  const capabilities = new Set([...Object.keys(node.Self?.CapMap ?? {}), ...(node.Self?.Capabilities ?? [])]);
  // A client that lists no capabilities at all cannot be judged by them.
  if (capabilities.size === 0) return undefined;
  if (!capabilities.has("https") && (node.CertDomains ?? []).length === 0) {
    return tunnelFailure(
      "HTTPS is off in this tailnet",
      "turn on HTTPS Certificates at https://login.tailscale.com/admin/dns",
    );
  }
  return settings.kind === "tailscale-funnel" ? noFunnel(node, capabilities, settings.port) : undefined;
}

function notRunning(state: string): CallError {
  switch (state) {
    case "NeedsLogin":
    case "NoState":
      return tunnelFailure("Tailscale is not logged in on this machine", "run `tailscale up`");
    case "NeedsMachineAuth":
      return tunnelFailure(
        "this machine waits for approval in the tailnet",
        "approve it at https://login.tailscale.com/admin/machines",
      );
    case "Stopped":
      return tunnelFailure("Tailscale is stopped on this machine", "run `tailscale up`");
    default:
      return tunnelFailure(
        `Tailscale is not running yet (${state})`,
        "try again in a moment; `tailscale status` says more",
      );
  }
}

function noFunnel(node: TailscaleNode, capabilities: ReadonlySet<string>, port: number): CallError | undefined {
  if (!capabilities.has("funnel") && !capabilities.has("https://tailscale.com/cap/funnel")) {
    const page = `https://login.tailscale.com/f/funnel?node=${node.Self?.ID ?? ""}`;
    return tunnelFailure("Funnel is not allowed for this machine", `allow it at ${page}`);
  }
  const listed = [...capabilities]
    .map((name) => /\/funnel-ports\?ports=([\d,-]+)$/.exec(name)?.[1])
    .find((ports) => ports !== undefined);
  const ports = listed ?? "443,8443,10000";
  if (ports.split(",").some((range) => covers(range, port))) return undefined;
  return new CallError("CONFIG_INVALID", `Funnel does not allow port ${port}`, {
    hint: `set \`tailscale.port\` to one of ${ports}`,
  });
}

/** `443`, or `8000-8010`. */
function covers(range: string, port: number): boolean {
  const [first = "", last = first] = range.split("-");
  return port >= Number(first) && port <= Number(last);
}
