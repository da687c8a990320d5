// Answers REST requests over HTTP: errors in Twilio's shape, and the faults that were asked for.
import type { Clock } from "../clock.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import type { EmulatorEvent } from "./emulated-call.ts";
import type { FaultPlan, RestFault } from "./faults.ts";
import { RestError } from "./rest-error.ts";
import { understand, type RestCommand, type RestPorts, type RestResult } from "./rest.ts";

export interface RestServerPorts extends RestPorts {
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly emit: (event: EmulatorEvent) => void;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
  /** Settles when the call's first webhook was delivered; rejects when there is none in time. */
  readonly firstWebhook: (sid: string) => Promise<unknown>;
}

/** The reply; null when a fault takes it away. */
export async function answerRest(request: HttpRequest, ports: RestServerPorts): Promise<HttpReply | null> {
  const reply = await answer(request, ports);
  ports.emit({
    type: "rest",
    method: request.method,
    path: request.url.pathname,
    status: reply?.status ?? null,
  });
  return reply;
}

async function answer(request: HttpRequest, ports: RestServerPorts): Promise<HttpReply | null> {
  try {
    const command = understand(request, ports);
    return await runWithFaults(command, ports);
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
  if (decisive === undefined) {
    return command.run().reply;
  }
  return runWithFault(command, decisive, ports);
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
      return afterFirstWebhook(command.run(), ports);
    case "refuse":
      return refusal(fault.code, fault.retryAfterSeconds);
    case "html":
      return { status: fault.status, html: `<html><body><h1>${fault.status}</h1></body></html>` };
  }
}

async function afterFirstWebhook(result: RestResult, ports: RestServerPorts): Promise<HttpReply> {
  if (result.call !== null) {
    await ports.firstWebhook(result.call.record.sid);
  }
  return result.reply;
}

function refusal(code: number, retryAfterSeconds: number | undefined): HttpReply {
  const error = new RestError(code);
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  return { status: error.status, headers, json: error.toJson() };
}
