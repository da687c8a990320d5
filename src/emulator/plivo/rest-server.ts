// Answers REST requests over HTTP: errors in Plivo's shape, and the faults that were asked for.
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import type { PlivoEvent } from "./emulated-call.ts";
import type { FaultPlan, PlivoRestFault } from "./faults.ts";
import { RestError } from "./rest-error.ts";
import { understand, type RestCommand, type RestPorts, type RestResult } from "./rest.ts";

export interface RestServerPorts extends RestPorts {
  readonly faults: FaultPlan;
  readonly emit: (event: PlivoEvent) => void;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
  /** Settles when the call's first webhook was delivered; rejects when there is none in time. */
  readonly firstWebhook: (callUuid: string) => Promise<unknown>;
}

/** The reply; null when a fault takes it away. */
export async function answerRest(request: HttpRequest, ports: RestServerPorts): Promise<HttpReply | null> {
  const reply = await answer(request, ports);
  ports.emit({ type: "rest", method: request.method, path: request.url.pathname, status: reply?.status ?? null });
  return reply;
}

async function answer(request: HttpRequest, ports: RestServerPorts): Promise<HttpReply | null> {
  try {
    return await runWithFaults(understand(request, ports), ports);
  } catch (error) {
    if (error instanceof RestError) {
      return error.toReply(ports.apiId());
    }
    throw error;
  }
}

async function runWithFaults(command: RestCommand, ports: RestServerPorts): Promise<HttpReply | null> {
  const faults = ports.faults.forRest(command.operation);
  for (const fault of faults) {
    if (fault.fault === "delay") {
      await ports.clock.passReal(fault.ms, ports.signal);
    }
  }
  const decisive = faults.find((fault) => fault.fault !== "delay");
  return decisive === undefined ? command.run().reply : runWithFault(command, decisive, ports);
}

async function runWithFault(
  command: RestCommand,
  fault: Exclude<PlivoRestFault, { fault: "delay" }>,
  ports: RestServerPorts,
): Promise<HttpReply | null> {
  switch (fault.fault) {
    case "drop-reply":
      command.run();
      return null;
    case "reset":
      return null;
    case "webhook-first":
      return afterFirstWebhook(command.run(), ports);
    case "refuse":
      return new RestError(fault.status, fault.error).toReply(ports.apiId(), retryAfter(fault.retryAfterSeconds));
    case "html":
      return { status: fault.status, html: `<html><body><h1>${fault.status}</h1></body></html>` };
  }
}

async function afterFirstWebhook(result: RestResult, ports: RestServerPorts): Promise<HttpReply> {
  if (result.call !== null) {
    await ports.firstWebhook(result.call.record.callUuid);
  }
  return result.reply;
}

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { "Retry-After": String(seconds) };
}
