// Telnyx's REST API for calls: routing, Bearer auth, and what each request does.
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import { ACTIONS, wantedTranscription } from "./actions.ts";
import type { CallPlan, TelnyxCall } from "./call.ts";
import type { CallRecord } from "./call-record.ts";
import type { CommandMemory } from "./command-memory.ts";
import { DETECTIONS } from "./detection.ts";
import type { RestOperation } from "./faults.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import { RestError } from "./rest-error.ts";

/** What a dial request decides about a call. */
export type DialPlan = Omit<
  CallPlan,
  "callControlId" | "callLegId" | "callSessionId" | "connectionId" | "direction" | "failoverUrl" | "callee"
>;

export interface RestPorts {
  readonly apiKey: string;
  readonly connectionId: string;
  /** A call that may still be asked about; undefined for one unknown or long over. */
  readonly find: (callControlId: string) => TelnyxCall | undefined;
  readonly place: (plan: DialPlan) => TelnyxCall;
  /** Dials by command id, and actions by call and command id. */
  readonly memory: CommandMemory<TelnyxCall>;
}

/** A request that was understood, not yet carried out. */
export interface RestCommand {
  readonly operation: RestOperation;
  /** Carries it out. Throws `RestError`. */
  readonly run: () => RestResult;
}

export interface RestResult {
  readonly reply: HttpReply;
  readonly call: TelnyxCall;
}

const E164 = /^\+[1-9]\d{6,14}$/;

/** Finds out what a request wants. Throws `RestError` for wrong credentials or an unknown path. */
export function understand(request: HttpRequest, ports: RestPorts): RestCommand {
  if (request.headers.authorization !== `Bearer ${ports.apiKey}`) {
    throw new RestError("10009");
  }
  const [root, calls, ...rest] = segmentsOf(request.url.pathname);
  const [id, ...path] = rest;
  if (root !== "v2" || calls !== "calls") {
    throw new RestError("10005");
  }
  return id === undefined ? onCollection(request, ports) : onCall(request, { id, path, ports });
}

function onCollection(request: HttpRequest, ports: RestPorts): RestCommand {
  if (request.method !== "POST") {
    throw new RestError("10005");
  }
  return { operation: "dial", run: () => dial(fieldsOf(request), ports) };
}

function onCall(
  request: HttpRequest,
  { id, path, ports }: { readonly id: string; readonly path: readonly string[]; readonly ports: RestPorts },
): RestCommand {
  if (path.length === 0 && request.method === "GET") {
    return { operation: "status", run: () => showStatus(existing(id, ports)) };
  }
  const [actions, name = ""] = path;
  if (path.length !== 2 || actions !== "actions" || ACTIONS.get(name)?.method !== request.method) {
    throw new RestError("10005");
  }
  return { operation: name, run: () => act(name, existing(id, ports), { request, ports }) };
}

function segmentsOf(path: string): string[] {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    throw new RestError("10005");
  }
}

function existing(id: string, { find }: RestPorts): TelnyxCall {
  const call = find(id);
  if (call === undefined) {
    throw new RestError("10005");
  }
  return call;
}

function dial(fields: Fields, ports: RestPorts): RestResult {
  const commandId = fields.text("command_id");
  const earlier = commandId === undefined ? undefined : ports.memory.recall(`dial ${commandId}`);
  const call = earlier ?? ports.place(dialPlan(fields, ports));
  if (commandId !== undefined && earlier === undefined) {
    ports.memory.remember(`dial ${commandId}`, call);
  }
  return { reply: { status: 200, json: { data: { ...resource(call.record), is_alive: false } } }, call };
}

function dialPlan(fields: Fields, { connectionId }: RestPorts): DialPlan {
  const [connection, to, from] = ["connection_id", "to", "from"].map((name) => fields.required(name));
  if (connection !== connectionId) {
    throw new RestError("10015", "connection_id");
  }
  const clientState = fields.clientState() ?? null;
  return {
    to: phoneNumber("to", to),
    from: phoneNumber("from", from),
    clientState,
    webhookUrl: fields.url("webhook_url") ?? null,
    ringSeconds: fields.integer("timeout_secs", { min: 5, max: 600, otherwise: 30 }),
    limitSeconds: fields.integer("time_limit_secs", { min: 60, max: 14_400, otherwise: 14_400, tooLow: "90029" }),
    detection: fields.oneOf("answering_machine_detection", DETECTIONS),
    transcription: wantedTranscription(fields),
  };
}

function phoneNumber(name: string, value = ""): string {
  if (!E164.test(value)) {
    throw new RestError("10016", name);
  }
  return value;
}

function showStatus(call: TelnyxCall): RestResult {
  const { record } = call;
  const data = {
    ...resource(record),
    is_alive: record.state !== "ended",
    call_duration: record.durationSeconds ?? 0,
    start_time: record.startTime,
    end_time: record.endTime,
  };
  return { reply: { status: 200, json: { data } }, call };
}

function resource(record: CallRecord): Record<string, unknown> {
  return {
    record_type: "call",
    call_control_id: record.callControlId,
    call_leg_id: record.callLegId,
    call_session_id: record.callSessionId,
    client_state: record.clientState,
  };
}

function act(
  name: string,
  call: TelnyxCall,
  { request, ports }: { readonly request: HttpRequest; readonly ports: RestPorts },
): RestResult {
  try {
    const outcome = carryOut(name, call, { fields: fieldsOf(request), ports });
    call.record.commanded({ action: name, outcome });
  } catch (error) {
    if (error instanceof RestError) {
      call.record.commanded({ action: name, outcome: error.code });
    }
    throw error;
  }
  return { reply: { status: 200, json: { data: { result: "ok" } } }, call };
}

function carryOut(
  name: string,
  call: TelnyxCall,
  { fields, ports }: { readonly fields: Fields; readonly ports: RestPorts },
): "done" | "duplicate" {
  const commandId = fields.text("command_id");
  const key = `${call.record.callControlId} ${commandId}`;
  if (commandId !== undefined && ports.memory.recall(key) !== undefined) {
    return "duplicate";
  }
  if (call.record.state === "ended") {
    throw new RestError("90018");
  }
  const action = ACTIONS.get(name);
  action?.guard(call);
  const run = action?.read(fields, call);
  call.record.clientState = fields.clientState() ?? call.record.clientState;
  run?.();
  if (commandId !== undefined) {
    ports.memory.remember(key, call);
  }
  return "done";
}
