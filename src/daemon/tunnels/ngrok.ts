// The ngrok tunnel: a listener of `@ngrok/ngrok` inside the daemon that forwards to the webhook port.
import { CallError } from "../../call/error.ts";
import type { Clock, Log } from "../deps.ts";
import { tunnelAborted, tunnelFailure } from "./failure.ts";
import { ngrokRefusal } from "./ngrok-refusal.ts";
import { Standing } from "./standing.ts";
import type { NgrokForward, NgrokListener, NgrokOptions, NgrokSettings, Tunnel, TunnelPorts } from "./tunnel.ts";

const openMs = 15_000;
const closeMs = 5000;

/** @throws CallError; no message holds the authtoken. */
export async function openNgrok(settings: NgrokSettings, ports: TunnelPorts, signal: AbortSignal): Promise<Tunnel> {
  const forward = ports.forward ?? (await loadForward());
  const watch: { status?: (status: string) => void } = {};
  const options: NgrokOptions = {
    addr: `127.0.0.1:${ports.target.port}`,
    proto: "http",
    authtoken: settings.authToken,
    ...(settings.domain !== undefined && { domain: settings.domain }),
    // Before forward() is done its own outcome says more.
    onStatusChange: (status) => watch.status?.(status),
  };
  const listener = await connect(() => forward(options), ports, signal).catch((error: unknown) => {
    throw error instanceof CallError ? error : ngrokRefusal(error, settings.authToken);
  });
  const url = webhookUrl(listener, ports.target.path);
  const wrong = url === undefined ? noUrl() : otherDomain(url, settings.domain);
  if (url === undefined || wrong !== undefined) {
    await close(listener, ports);
    throw wrong;
  }
  const standing = new Standing(url, ports.log);
  watch.status = (status) => follow(status, { listener, standing, path: ports.target.path });
  return {
    kind: "ngrok",
    get url() {
      return standing.url;
    },
    get problem() {
      return standing.problem;
    },
    onChange: (told) => standing.onChange(told),
    async [Symbol.asyncDispose]() {
      delete watch.status;
      await close(listener, ports);
    },
  };
}

/** The package is optional: its native part does not exist for every machine. */
export async function loadForward(
  load: () => Promise<{ forward: NgrokForward }> = () => import("@ngrok/ngrok"),
): Promise<NgrokForward> {
  try {
    const { forward } = await load();
    return forward;
  } catch (error) {
    throw new CallError("UNSUPPORTED", "the package @ngrok/ngrok is not installed, or not for this machine", {
      hint: "run `npm install @ngrok/ngrok` (without --omit=optional) where this package is installed or in the state directory, or use a Tailscale tunnel or `publicUrl`",
      cause: error,
    });
  }
}

/** forward() knows no time-out and cannot be called off: a listener that comes too late is closed. */
async function connect(
  forward: () => Promise<NgrokListener>,
  ports: { clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<NgrokListener> {
  if (signal.aborted) throw tunnelAborted();
  const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
  const abort = (): void => giveUp(tunnelAborted());
  const cancel = ports.clock.after(openMs, () => giveUp(tooSlow()));
  signal.addEventListener("abort", abort, { once: true });
  const opening = forward();
  try {
    return await Promise.race([opening, givenUp]);
  } catch (error) {
    void opening.then((late) => close(late, ports)).catch(() => undefined);
    throw error;
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}

function tooSlow(): CallError {
  return new CallError("TIMED_OUT", `ngrok did not open the tunnel within ${openMs / 1000} s`, {
    hint: "a firewall may swallow connections to connect.ngrok-agent.com:443: allow it, or use another tunnel",
  });
}

function webhookUrl(listener: NgrokListener, path: string): string | undefined {
  const url = listener.url();
  return url === null || !URL.canParse(url) ? undefined : new URL(path, url).href;
}

function noUrl(): CallError {
  return tunnelFailure(
    "ngrok opened a tunnel without a URL",
    "try again; if it stays, look at https://status.ngrok.com",
  );
}

/** A URL other than the one that the user gave to the carrier would fail every signature. */
function otherDomain(url: string, domain: string | undefined): CallError | undefined {
  const { hostname } = new URL(url);
  if (domain === undefined || hostname === domain.toLowerCase()) return undefined;
  return new CallError("CONFIG_INVALID", `ngrok opened ${hostname} in place of ${domain}`, {
    hint: "set `tunnel.ngrokDomain` to a domain of the account that the authtoken belongs to",
  });
}

interface Followed {
  listener: NgrokListener;
  standing: Standing;
  path: string;
}

function follow(status: string, { listener, standing, path }: Followed): void {
  const url = webhookUrl(listener, path);
  if (url !== undefined) standing.moveTo(url);
  standing.suffer(status === "closed" ? lost() : undefined);
}

function lost(): CallError {
  return tunnelFailure("ngrok lost its connection", "it connects again by itself; check the network if it stays");
}

/** Never throws, and never waits for longer than the way out of a daemon allows. */
async function close(listener: NgrokListener, { clock, log }: { clock: Clock; log: Log }): Promise<void> {
  const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
  const cancel = clock.after(closeMs, () => giveUp(new Error("too slow")));
  try {
    await Promise.race([listener.close(), givenUp]);
  } catch {
    // What ngrok says may hold the token; the session ends with the process at the latest.
    log.warn({}, "ngrok did not close its tunnel");
  } finally {
    cancel();
  }
}
