// The part of OpenClaw's plugin API that we use, in our own words; a conformance test holds it against the real declarations.
import type { AgentHost } from "./agent/host.ts";
import type { NotesHost } from "./notes/host.ts";
import type { PluginLog } from "./log.ts";

export type Scope = "operator.read" | "operator.write" | "operator.admin";

export interface ServiceContext {
  /** Resolved: secrets, variables, includes. */
  config: unknown;
  stateDir: string;
  serviceHealth?: { reportFailure(error: unknown): void; clearFailure(): void };
  gatewayEvents?: { emit(event: string, payload: unknown, options: { scope: Scope }): void };
}

export interface Service {
  id: string;
  reload?: { configPrefixes: readonly string[] };
  start(context: ServiceContext): Promise<void>;
  stop(context: ServiceContext): Promise<void>;
}

export interface GatewayError {
  code: string;
  message: string;
  details?: unknown;
  retryable?: boolean;
}

export interface GatewayRequest {
  params: Record<string, unknown>;
  /** The lifetime of a caller in the same process. */
  signal?: AbortSignal;
  respond(ok: boolean, payload?: unknown, error?: GatewayError): void;
}

export interface ToolResult {
  content: { type: "text"; text: string }[];
  details: unknown;
}

export interface Tool {
  name: string;
  label: string;
  description: string;
  /** JSON Schema. */
  parameters: object;
  /** The model sees it without looking for it. */
  catalogMode?: "direct-only";
  execute(toolCallId: string, params: unknown, signal?: AbortSignal): Promise<ToolResult>;
}

export interface ToolContext {
  config?: unknown;
  sessionKey?: string;
}

/** What we use of the host's Commander object. */
export interface CommandHost {
  /** Words of the command line that are no option of the command. */
  readonly args: string[];
  command(name: string): CommandHost;
  description(text: string): CommandHost;
  argument(name: string): CommandHost;
  allowUnknownOption(): CommandHost;
  helpOption(flags: false): CommandHost;
  action(run: (...given: unknown[]) => Promise<void>): CommandHost;
}

export interface CliDescriptor {
  name: string;
  description: string;
  hasSubcommands: boolean;
  /** Whether the command line asks for output that programs read, which the host then keeps clean. */
  machineOutput?(line: { argv: readonly string[]; stdoutIsTTY: boolean }): boolean;
}

export type HostRuntime = AgentHost["runtime"] &
  NotesHost["runtime"] & {
    readonly version: string;
    state: { resolveStateDir(): string };
  };

export interface HostApi {
  /** Where the package is installed; the code itself runs from a temporary copy. */
  rootDir?: string;
  registrationMode: string;
  /** Throws when touched in the mode `cli-metadata`. */
  runtime: HostRuntime;
  logger: PluginLog;
  registerTool(tool: (context: ToolContext) => Tool, options?: { name?: string }): void;
  registerGatewayMethod(
    method: string,
    answer: (request: GatewayRequest) => Promise<void>,
    options?: { scope?: Scope },
  ): void;
  registerService(service: Service): void;
  registerReload(registration: { hotPrefixes?: string[] }): void;
  registerCli(
    registrar: (context: { program: CommandHost; config: unknown }) => void,
    options?: { descriptors?: readonly CliDescriptor[] },
  ): void;
}

/** `openclaw/plugin-sdk/gateway-runtime`, loaded late. */
export interface GatewayRuntime {
  callGatewayFromCli(
    method: string,
    options: { timeout?: string; json?: boolean },
    params?: unknown,
    extra?: { progress?: boolean },
  ): Promise<Record<string, unknown>>;
  isGatewayTransportError(error: unknown): boolean;
}
