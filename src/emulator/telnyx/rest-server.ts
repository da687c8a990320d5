// Answers REST requests over HTTP: errors in Telnyx's shape, and the faults that were asked for.
import type { Clock } from "../clock.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import type { EmulatorEvent } from "./emulated-call.ts";
import type { FaultPlan, RestFault } from "./faults.ts";
import { RestError } from "./rest-error.ts";
import { understand, type RestCommand, type RestPorts } from "./rest.ts";

export interface RestServerPorts extends RestPorts {
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly emit: (event: EmulatorEvent) => void;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
  /** Settles when a webhook of the call has been delivered; rejects when there is none in time. */
  readonly nextWebhook: (callControlId: string) => Promise<unknown>;
}

/** The reply; null when a fault takes it away. */
export async function answerRest(request: HttpRequest, ports: RestServerPorts): Promise<HttpReply | null> {
  const reply = await answer(request, ports);
  const { pathname: path } = request.url;
  ports.emit({ type: "rest", method: request.method, path, status: reply?.status ?? null });
  return reply;
}

async function answer(request: HttpRequest, ports: RestServerPorts): Promise<HttpReply | null> {
  try {
    return await runWithFaults(understand(request, ports), ports);
  } catch (error) {
    if (error instanceof RestError) {
      return { status: error.status, json: error.toJson() };
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

async function runWithFault(command: RestCommand, fault: RestFault, ports: RestServerPorts): Promise<HttpReply | null> {
  switch (fault.fault) {
    case "delay":
      return command.run().reply;
    case "drop-reply":
      command.run();
      return null;
    case "reset":
      return null;
    case "webhook-first":
      return afterNextWebhook(command, ports);
    case "refuse":
      return refusal(fault.code, fault.retryAfterSeconds);
    case "html":
      return { status: fault.status, html: `<html><body><h1>${fault.status}</h1></body></html>` };
  }
}

async function afterNextWebhook(command: RestCommand, ports: RestServerPorts): Promise<HttpReply> {
  const { reply, call } = command.run();
  await ports.nextWebhook(call.record.callControlId);
  return reply;
}

function refusal(code: string, retryAfterSeconds: number | undefined): HttpReply {
  const error = new RestError(code);
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  return { status: error.status, headers, json: error.toJson() };
}
