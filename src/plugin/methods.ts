// The Gateway's methods `voicecall.*`: each checks its parameters, does one thing within seconds, and answers.
import { inOpenClaw } from "../call/command-name.ts";
import { CallError } from "../call/error.ts";
import type { VoiceCall } from "../client/index.ts";
import type { GatewayError, GatewayRequest, HostApi } from "./host.ts";
import type { PluginLog } from "./log.ts";
import { type Operation, gone, operations } from "./operations.ts";

/** An open request holds up a reload or a stop of the Gateway: none waits longer than this for a caller or a carrier. */
const waitMs = 3700;

/** Does something with the daemon. */
export type UseDaemon = <T>(work: (voice: VoiceCall) => Promise<T>) => Promise<T>;

export function registerMethods(api: HostApi, use: UseDaemon, log: PluginLog): void {
  for (const operation of operations) {
    const { method, scope } = operation;
    api.registerGatewayMethod(`voicecall.${method}`, (request) => answer(request, { operation, use, log }), { scope });
  }
}

interface Answering {
  operation: Operation;
  use: UseDaemon;
  log: PluginLog;
}

async function answer(request: GatewayRequest, { operation, use, log }: Answering): Promise<void> {
  const signal = request.signal ?? new AbortController().signal;
  try {
    const run = operation.prepare(request.params);
    const { result } = await use((voice) => run({ voice, waitMs, signal }));
    reply(request, [true, result]);
  } catch (error) {
    if (!(error instanceof CallError)) log.error(`voicecall.${operation.method} failed: ${String(error)}`);
    reply(request, [false, undefined, refusalOf(error)]);
  }
}

/** Who asked may be gone. */
function reply({ respond }: GatewayRequest, answered: Parameters<GatewayRequest["respond"]>): void {
  try {
    respond(...answered);
  } catch {
    // The order was carried out all the same.
  }
}

function refusalOf(error: unknown): GatewayError {
  if (!(error instanceof CallError)) return { code: "INTERNAL", message: String(error), retryable: false };
  const { code, hint, carrierCode, callId, retryable } = error;
  return {
    // The host's word for it.
    code: code === "INVALID_INPUT" ? "INVALID_REQUEST" : code,
    message: inOpenClaw(gone(error)),
    details: {
      ...(hint !== undefined && { hint: inOpenClaw(hint) }),
      ...(carrierCode !== undefined && { carrierCode }),
      ...(callId !== undefined && { callId }),
    },
    retryable,
  };
}
