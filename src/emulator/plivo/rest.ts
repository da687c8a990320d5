// Plivo's REST API for calls: routing, Basic auth, and what each request does.
import type { Clock } from "../clock.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import { callDetailJson, callDetailsJson, currentCallJson, currentCallsJson } from "./call-json.ts";
import type { CallRecord } from "./call-record.ts";
import type { PlivoCall } from "./call.ts";
import type { RestOperation } from "./faults.ts";
import { CAUSES } from "./hangup-cause.ts";
import { RestError } from "./rest-error.ts";
import { digitsIn, paramsOf, placedCall, transferAddress, type PlacedCall } from "./rest-params.ts";

export interface RestPorts {
  readonly authId: string;
  readonly authToken: string;
  readonly clock: Clock;
  /** Real milliseconds from the end of a call until its detail record can be read. */
  readonly detailDelayMs: number;
  /** By CallUUID, oldest first. */
  readonly calls: ReadonlyMap<string, PlivoCall>;
  readonly place: (plan: PlacedCall) => PlivoCall;
  /** An `api_id` for one reply. */
  readonly apiId: () => string;
}

/** A request that was understood, not yet carried out. */
export interface RestCommand {
  readonly operation: RestOperation;
  /** Carries it out. Throws `RestError`. */
  readonly run: () => RestResult;
}

export interface RestResult {
  readonly reply: HttpReply;
  /** The call that the request was about, when it was one. */
  readonly call: PlivoCall | null;
}

/** Finds out what a request wants. Throws `RestError` for wrong credentials or an unknown path; slashes matter. */
export function understand(request: HttpRequest, ports: RestPorts): RestCommand {
  authenticate(request, ports);
  const root = `/v1/Account/${ports.authId}/`;
  const { pathname, searchParams } = request.url;
  if (!pathname.startsWith(root)) {
    throw new RestError(404);
  }
  // Only the look-up of a current call is asked for without the last slash.
  const path = pathname.slice(root.length) + (searchParams.has("status") && !pathname.endsWith("/") ? "/" : "");
  const parts = /^(Call|Request)\/(?:([^/]+)\/(?:(DTMF)\/)?)?$/.exec(path);
  const [, collection, id, subject] = parts ?? [];
  if (collection === undefined || (collection === "Request" && (id === undefined || subject !== undefined))) {
    throw new RestError(404);
  }
  if (id === undefined) {
    return onCollection(request, ports);
  }
  const resource = subject ?? collection;
  return onCall({ request, id: decodeURIComponent(id), wish: `${request.method} ${resource}` }, ports);
}

function authenticate(request: HttpRequest, ports: RestPorts): void {
  const expected = Buffer.from(`${ports.authId}:${ports.authToken}`).toString("base64");
  if (request.headers.authorization !== `Basic ${expected}`) {
    throw new RestError(401);
  }
}

function onCollection(request: HttpRequest, ports: RestPorts): RestCommand {
  switch (request.method) {
    case "POST":
      return { operation: "create", run: () => create(request, ports) };
    case "GET":
      return { operation: "list", run: () => ({ reply: { status: 200, json: list(request, ports) }, call: null }) };
    default:
      throw new RestError(405);
  }
}

function create(request: HttpRequest, ports: RestPorts): RestResult {
  const call = ports.place(placedCall(paramsOf(request)));
  const json = { api_id: ports.apiId(), message: "call fired", request_uuid: call.record.requestUuid };
  return { reply: { status: 201, json }, call };
}

function list(request: HttpRequest, ports: RestPorts): Record<string, unknown> {
  const query = request.url.searchParams;
  const records = [...ports.calls.values()].map((call) => call.record);
  const apiId = ports.apiId();
  switch (query.get("status")) {
    case "live":
      return currentCallsJson(
        records.filter((call) => call.isLive),
        query,
        apiId,
      );
    case "queued":
      return currentCallsJson(
        records.filter((call) => call.status === "queued"),
        query,
        apiId,
      );
    default: {
      const readable = records.filter((call) => isReadable(call, ports));
      return callDetailsJson(readable, query, { apiId, authId: ports.authId });
    }
  }
}

interface CallRequest {
  readonly request: HttpRequest;
  readonly id: string;
  /** Method and resource. */
  readonly wish: string;
}

function onCall(asked: CallRequest, ports: RestPorts): RestCommand {
  const { request, id } = asked;
  switch (asked.wish) {
    case "GET Call":
      return { operation: "fetch", run: () => fetchCall(request, id, ports) };
    case "POST Call":
      return { operation: "transfer", run: () => transfer(request, id, ports) };
    case "DELETE Call":
      return { operation: "hang-up", run: () => hangUp(liveCall(id, ports)) };
    case "DELETE Request":
      return { operation: "cancel", run: () => hangUp(requestedCall(id, ports)) };
    case "POST DTMF":
      return { operation: "digits", run: () => sendDigits(request, id, ports) };
    default:
      throw new RestError(405);
  }
}

function fetchCall(request: HttpRequest, id: string, ports: RestPorts): RestResult {
  const call = ports.calls.get(id);
  if (call === undefined || !isShown(call.record, request.url.searchParams.get("status"), ports)) {
    throw new RestError(404);
  }
  const apiId = ports.apiId();
  const json = request.url.searchParams.has("status")
    ? currentCallJson(call.record, apiId)
    : { api_id: apiId, ...callDetailJson(call.record, ports.authId) };
  return { reply: { status: 200, json }, call };
}

function isShown(call: CallRecord, status: string | null, ports: RestPorts): boolean {
  switch (status) {
    case "live":
      return call.isLive;
    case "queued":
      return call.status === "queued";
    default:
      return isReadable(call, ports);
  }
}

function isReadable(call: CallRecord, ports: RestPorts): boolean {
  return call.endedAt !== null && ports.clock.now() - call.endedAt >= ports.detailDelayMs;
}

function transfer(request: HttpRequest, id: string, ports: RestPorts): RestResult {
  const address = transferAddress(paramsOf(request));
  const call = answeredCall(id, ports);
  call.transfer(address);
  const json = { api_id: ports.apiId(), message: "call transferred", call_uuids: [call.record.callUuid] };
  return { reply: { status: 202, json }, call };
}

function sendDigits(request: HttpRequest, id: string, ports: RestPorts): RestResult {
  const digits = digitsIn(paramsOf(request));
  const call = answeredCall(id, ports);
  call.sendDigits(digits);
  return { reply: { status: 202, json: { api_id: ports.apiId(), message: "digits sent" } }, call };
}

function hangUp(call: PlivoCall): RestResult {
  call.end(call.record.answeredAt === null ? CAUSES.canceled : CAUSES.hungUpByApi);
  return { reply: { status: 204 }, call };
}

function liveCall(id: string, ports: RestPorts): PlivoCall {
  const call = ports.calls.get(id);
  if (call?.record.isLive !== true) {
    throw new RestError(404, "call not found");
  }
  return call;
}

function answeredCall(id: string, ports: RestPorts): PlivoCall {
  const call = liveCall(id, ports);
  if (call.record.answeredAt === null) {
    throw new RestError(404, "call not found");
  }
  return call;
}

function requestedCall(requestUuid: string, ports: RestPorts): PlivoCall {
  const call = [...ports.calls.values()].find((each) => each.record.requestUuid === requestUuid);
  if (call === undefined || call.record.isOver) {
    throw new RestError(404, "call not found");
  }
  return call;
}
