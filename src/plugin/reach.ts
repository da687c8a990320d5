// How the plugin comes to the daemon: the service and the methods hand it the configuration, the tool and the commands do not have it.
import { CallError } from "../call/error.ts";
import type { ConnectOptions, VoiceCall } from "../client/index.ts";
import { sectionOf, stateDirOf } from "./config-section.ts";
import type { GatewayRuntime, HostApi } from "./host.ts";
import { withHint } from "./log.ts";

interface Place {
  stateDir: string;
  packageRoot?: string;
}

/** Where the daemon of this host is, and the package from which it is started. */
export function placeOf({ rootDir, runtime }: HostApi, config: unknown): Place {
  const stateDir = stateDirOf(sectionOf(config), runtime.state.resolveStateDir());
  return { stateDir, ...(rootDir !== undefined && { packageRoot: rootDir }) };
}

/** Has the Gateway, which alone knows the secrets, start and configure the daemon; says why when it has not. */
export type WakeGateway = () => Promise<string | undefined>;

/**
 * For who does not have the resolved configuration: uses the daemon that runs; else the Gateway starts it; else, without
 * a Gateway, it is started alone and reads the file.
 */
export async function reach(options: ConnectOptions, wake: WakeGateway = wakeGateway): Promise<VoiceCall> {
  const { connect } = await import("../client/connect.ts");
  if (options.autoStart === false) return connect(options);
  try {
    return await connect({ ...options, autoStart: false });
  } catch (error) {
    const canBeHelped = error instanceof CallError && ["DAEMON_UNREACHABLE", "VERSION_MISMATCH"].includes(error.code);
    if (!canBeHelped) throw error;
  }
  const refusal = await wake();
  if (refusal !== undefined) {
    options.onNotice?.(`${refusal}; the daemon is started without it, by what the configuration file says`);
  }
  return connect(options);
}

const answersWithinMs = "5000";
/** Only the host can resolve it, so the bundler must not try. */
const gatewayRuntime: string = "openclaw/plugin-sdk/gateway-runtime";

async function wakeGateway(): Promise<string | undefined> {
  const runtime: GatewayRuntime | undefined = await import(gatewayRuntime).catch(() => undefined);
  return runtime === undefined ? "the Gateway cannot be asked" : wakeThrough(runtime);
}

/** A Gateway that answers and refuses is told apart from none: it may lack the plugin, or not trust who asks. */
export async function wakeThrough(runtime: GatewayRuntime): Promise<string | undefined> {
  try {
    const how = { timeout: answersWithinMs, json: true };
    await runtime.callGatewayFromCli("voicecall.status", how, {}, { progress: false });
    return undefined;
  } catch (error) {
    if (runtime.isGatewayTransportError(error)) return "the Gateway does not answer";
    return `the Gateway refuses (${withHint({ message: error instanceof Error ? error.message : String(error) })})`;
  }
}
