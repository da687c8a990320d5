// One path of a Tailscale machine that leads to this daemon.
import * as z from "zod";
import type { TailscaleSettings, TunnelTarget } from "./tunnel.ts";

export const mountSchema = z.object({
  funnel: z.boolean(),
  /** The machine's DNS name, without a dot at its end. */
  host: z.string(),
  port: z.int(),
  path: z.string().startsWith("/"),
  /** Holds the path again: Tailscale strips the mount's own before it forwards. */
  target: z.url(),
});

export type Mount = z.infer<typeof mountSchema>;

/** All paths of one tunnel; the webhook's comes first. */
export type Mounts = readonly [Mount, ...Mount[]];

/** The webhook path, and the media path when there is one: nothing else of the machine becomes public. */
export function mountsFor(settings: TailscaleSettings, target: TunnelTarget, host: string): Mounts {
  const mount = (path: string, local: string): Mount => ({
    funnel: settings.kind === "tailscale-funnel",
    host,
    port: settings.port,
    path,
    target: `http://127.0.0.1:${target.port}${local}`,
  });
  const webhook = mount(settings.path, target.path);
  return target.streamPath === undefined ? [webhook] : [webhook, mount(target.streamPath, target.streamPath)];
}

export function sameMount(one: Mount, other: Mount): boolean {
  const samePlace = one.host === other.host && one.port === other.port && one.path === other.path;
  return samePlace && one.funnel === other.funnel && one.target === other.target;
}

export function publicUrl({ host, port, path }: Mount): string {
  return new URL(path, `https://${host}:${port}`).href;
}
