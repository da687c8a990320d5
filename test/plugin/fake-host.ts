// A host with OpenClaw's manners, the bad ones included: remembers what was registered, and calls it as the real one does.
import { join } from "node:path";
import type {
  GatewayError,
  GatewayRequest,
  HostApi,
  Service,
  ServiceContext,
  Tool,
  ToolContext,
} from "../../src/plugin/host.ts";
import plugin from "../../src/plugin/index.ts";

type CliRegistrar = Parameters<HostApi["registerCli"]>[0];

export interface Answered {
  ok: boolean;
  payload: unknown;
  error: GatewayError | undefined;
}

export class FakeHost implements HostApi {
  readonly rootDir = join(import.meta.dirname, "../..");
  registrationMode = "full";
  /** What `config.current()` gives. */
  config: object = {};
  stateDir = "/nowhere";
  /** Lines of the log, as `level text`. */
  readonly lines: string[] = [];
  readonly failures: string[] = [];
  recovered = 0;
  readonly events: unknown[] = [];
  readonly methods = new Map<string, { answer(request: GatewayRequest): Promise<void>; scope: string | undefined }>();
  readonly services: Service[] = [];
  readonly reloads: { hotPrefixes?: string[] }[] = [];
  readonly registrars: CliRegistrar[] = [];
  makeTool: ((context: ToolContext) => Tool) | undefined;

  get runtime(): HostApi["runtime"] {
    if (this.registrationMode === "cli-metadata") throw new Error("there is no runtime in this mode");
    return {
      version: "2026.9.6",
      config: { current: () => this.config },
      state: { resolveStateDir: () => this.stateDir },
      system: { enqueueSystemEvent: () => true, requestHeartbeat: () => undefined },
      agent: {
        resolveAgentWorkspaceDir: () => this.stateDir,
        runEmbeddedAgent: () => Promise.reject(new Error("no agent works here")),
        session: { getSessionEntry: () => undefined },
      },
      modelConfig: {
        resolveDefaultModelForAgent: () => ({ provider: "fake", model: "fake" }),
        resolveAllowedModelRef: () => ({ error: "no model is allowed" }),
      },
    };
  }

  readonly logger = {
    info: (line: string) => void this.lines.push(`info ${line}`),
    warn: (line: string) => void this.lines.push(`warn ${line}`),
    error: (line: string) => void this.lines.push(`error ${line}`),
  };

  registerTool(tool: (context: ToolContext) => Tool): void {
    this.makeTool = tool;
  }

  registerGatewayMethod(
    method: string,
    answer: (request: GatewayRequest) => Promise<void>,
    options?: { scope?: string },
  ): void {
    this.methods.set(method, { answer, scope: options?.scope });
  }

  registerService(service: Service): void {
    this.services.push(service);
  }

  registerReload(registration: { hotPrefixes?: string[] }): void {
    this.reloads.push(registration);
  }

  registerCli(registrar: CliRegistrar): void {
    this.registrars.push(registrar);
  }

  load(mode = "full"): this {
    this.registrationMode = mode;
    plugin.register(this);
    return this;
  }

  /** As the Gateway calls it; only the first `respond` counts. */
  async call(method: string, params: Record<string, unknown> = {}): Promise<Answered> {
    let answered: Answered | undefined;
    const respond = (ok: boolean, payload?: unknown, error?: GatewayError): void => {
      answered ??= { ok, payload, error };
    };
    await this.methods.get(method)?.answer({ params, respond });
    if (answered === undefined) throw new Error(`${method} gave no answer`);
    return answered;
  }

  context(config = this.config): ServiceContext {
    return {
      config,
      stateDir: this.stateDir,
      serviceHealth: {
        reportFailure: (error) => void this.failures.push(error instanceof Error ? error.message : "?"),
        clearFailure: () => void this.recovered++,
      },
      gatewayEvents: { emit: (...event) => void this.events.push(event) },
    };
  }

  get service(): Service {
    const [service] = this.services;
    if (service === undefined) throw new Error("no service was registered");
    return service;
  }
}

/** The configuration of OpenClaw with ours in its place. */
export function configOf(section: object, rest: object = {}): object {
  return {
    gateway: { auth: { token: "not ours" } },
    plugins: { entries: { "voice-call": { config: section } } },
    ...rest,
  };
}
