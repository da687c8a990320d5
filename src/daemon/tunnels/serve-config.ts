// What `tailscale serve status --json` says about the paths of this machine, and whether ours fit in.
import * as z from "zod";
import { CallError } from "../../call/error.ts";
import { tunnelFailure } from "./failure.ts";
import type { Mount, Mounts } from "./mount.ts";

const handlers = z.record(z.string(), z.object({ Proxy: z.string().optional() }));

const schema = z
  .object({
    TCP: z.record(z.string(), z.object({ HTTPS: z.boolean().optional() })).nullish(),
    Web: z.record(z.string(), z.object({ Handlers: handlers.nullish() })).nullish(),
    AllowFunnel: z.record(z.string(), z.boolean()).nullish(),
  })
  .nullable();

/** Nothing configured is `{}` or `null`. */
export type ServeConfig = z.infer<typeof schema>;

/** @returns undefined for text of another shape. */
export function parseServeConfig(json: unknown): ServeConfig | undefined {
  return schema.safeParse(json).data;
}

export function leadsToTarget(config: ServeConfig, mount: Mount): boolean {
  const proxy = handlersOf(config, mount)[mount.path]?.Proxy;
  return proxy !== undefined && href(proxy) === href(mount.target);
}

/** Exactly as wanted: to our target, and public or not as it was asked for. */
export function stands(config: ServeConfig, mount: Mount): boolean {
  return leadsToTarget(config, mount) && isFunnel(config, mount) === mount.funnel;
}

/** What must not happen to others' settings: taking their path, publishing or hiding their paths, taking their port. */
export function conflict(config: ServeConfig, wanted: Mounts): CallError | undefined {
  const [first] = wanted;
  const elsewhere = "set `tailscale.port` to another of 443, 8443 and 10000";
  const tcp = config?.TCP?.[String(first.port)];
  if (tcp !== undefined && tcp.HTTPS !== true)
    return tunnelFailure(`port ${first.port} of Tailscale serves something other than https`, elsewhere);
  const taken = wanted.find(
    (mount) => handlersOf(config, mount)[mount.path] !== undefined && !leadsToTarget(config, mount),
  );
  if (taken !== undefined) {
    const off = `tailscale ${taken.funnel ? "funnel" : "serve"} --https=${taken.port} --set-path=${taken.path} off`;
    return tunnelFailure(
      `${taken.path} on port ${taken.port} of Tailscale already leads to something else`,
      `set another \`tailscale.path\` or \`tailscale.port\`, or free it with \`${off}\``,
    );
  }
  const paths = wanted.map(({ path }) => path);
  const others = Object.keys(handlersOf(config, first)).filter((path) => !paths.includes(path)).length;
  if (others === 0 || isFunnel(config, first) === first.funnel) return undefined;
  const harm = first.funnel ? "would put them on the Internet as well" : "would take them off the Internet as well";
  return new CallError(
    "NOT_ALLOWED",
    `port ${first.port} of Tailscale has ${others} other path(s), and this tunnel ${harm}`,
    { hint: elsewhere },
  );
}

function handlersOf(config: ServeConfig, { host, port }: Mount): z.infer<typeof handlers> {
  return config?.Web?.[`${host}:${port}`]?.Handlers ?? {};
}

/** Funnel is on or off for a whole port, never for a path alone. */
function isFunnel(config: ServeConfig, { host, port }: Mount): boolean {
  return config?.AllowFunnel?.[`${host}:${port}`] === true;
}

function href(target: string): string {
  return URL.canParse(target) ? new URL(target).href : target;
}
