// The Tailscale tunnels: paths of this machine's https port, made through the `tailscale` program and verified there.
import { tunnelAborted, tunnelFailure } from "./failure.ts";
import { type Mounts, mountsFor, publicUrl } from "./mount.ts";
import { MountRecord } from "./mount-record.ts";
import { reapTunnels, takeDown } from "./reap.ts";
import { conflict, type ServeConfig, stands } from "./serve-config.ts";
import { Standing } from "./standing.ts";
import { TailscaleCli } from "./tailscale-cli.ts";
import { hostOf, unready } from "./tailscale-node.ts";
import { mustAllow } from "./tailscale-refusal.ts";
import { watchMounts } from "./tailscale-watch.ts";
import type { TailscaleSettings, Tunnel, TunnelPorts } from "./tunnel.ts";

/** @throws CallError; what was made until then is taken down. */
export async function openTailscale(
  settings: TailscaleSettings,
  ports: TunnelPorts,
  signal: AbortSignal,
): Promise<Tunnel> {
  if (signal.aborted) throw tunnelAborted();
  const cli = new TailscaleCli(ports.run, signal);
  const node = await cli.node();
  const refusal = unready(node, settings);
  if (refusal !== undefined) throw refusal;
  const wanted = mountsFor(settings, ports.target, hostOf(node));
  // Before the look at what is there: what an older configuration of ours left must not be in the way.
  await reapTunnels(ports, wanted);
  await using made = new AsyncDisposableStack();
  await make(wanted, { cli, ports, made });
  return standingTunnel(settings, { wanted, ports, made: made.move() });
}

interface Making {
  cli: TailscaleCli;
  ports: TunnelPorts;
  /** Takes down in reverse order what it was given. */
  made: AsyncDisposableStack;
}

async function make(wanted: Mounts, { cli, ports, made }: Making): Promise<void> {
  const { log, stateDir, run } = ports;
  const record = new MountRecord(stateDir, log);
  const before = await cli.config(wanted[0]);
  const foreign = conflict(before, wanted);
  if (foreign !== undefined) throw foreign;
  const pages: (string | undefined)[] = [];
  for (const mount of wanted) {
    const exists = stands(before, mount);
    if (exists) log.info({ path: mount.path, recorded: record.has(mount) }, "Tailscale leads this path here already");
    else record.add(mount);
    // Not recorded means made by the user: it is used, and stays when the tunnel goes.
    // Taking down goes on when the opening is called off, so its commands know no signal.
    if (record.has(mount)) made.defer(() => takeDown(mount, { record, log, cli: new TailscaleCli(run) }));
    if (!exists) pages.push(await cli.mount(mount));
  }
  confirm(await cli.config(wanted[0]), wanted, pages);
}

/** The program ends with 0 without having done anything, too. */
function confirm(config: ServeConfig, wanted: Mounts, pages: readonly (string | undefined)[]): void {
  const missing = wanted.find((mount) => !stands(config, mount));
  if (missing === undefined) return;
  const page = pages.find((text) => text !== undefined);
  if (page !== undefined) throw mustAllow(page);
  const message = `tailscale reported success, but ${missing.path} does not lead here`;
  throw tunnelFailure(message, "see `tailscale serve status`, then try again");
}

interface Made {
  wanted: Mounts;
  ports: TunnelPorts;
  made: AsyncDisposableStack;
}

function standingTunnel({ kind }: TailscaleSettings, { wanted, ports, made }: Made): Tunnel {
  const standing = new Standing(publicUrl(wanted[0]), ports.log);
  made.use(watchMounts(wanted, { standing, clock: ports.clock, run: ports.run }));
  return {
    kind,
    get url() {
      return standing.url;
    },
    get problem() {
      return standing.problem;
    },
    onChange: (told) => standing.onChange(told),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
