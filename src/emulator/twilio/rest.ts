// Twilio's REST API for calls: routing, Basic auth, and what each request does.
import { callJson, callListJson } from "./call-json.ts";
import type { CallPlan, TwilioCall } from "./call.ts";
import type { RestOperation } from "./faults.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import { RestError } from "./rest-error.ts";
import { placedCall, sourceIn } from "./rest-params.ts";

export interface RestPorts {
  readonly accountSid: string;
  readonly authToken: string;
  /** Whether ending a call that is already over is refused with 21220 or answered like the first time. */
  readonly finishedHangUp: "refuse" | "accept";
  readonly calls: Map<string, TwilioCall>;
  readonly place: (plan: Omit<CallPlan, "sid" | "direction" | "callee">) => TwilioCall;
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
  readonly call: TwilioCall | null;
}

/** Finds out what a request wants. Throws `RestError` for wrong credentials or an unknown path. */
export function understand(request: HttpRequest, ports: RestPorts): RestCommand {
  authenticate(request, ports);
  const path = new RegExp(`^/2010-04-01/Accounts/${ports.accountSid}/Calls(?:/(?<sid>[^/]+))?\\.json$`).exec(
    request.url.pathname,
  );
  if (path === null) {
    throw new RestError(20404);
  }
  const sid = path.groups?.["sid"];
  return sid === undefined ? onCollection(request, ports) : onCall(request, sid, ports);
}

function authenticate(request: HttpRequest, ports: RestPorts): void {
  const expected = Buffer.from(`${ports.accountSid}:${ports.authToken}`).toString("base64");
  if (request.headers.authorization !== `Basic ${expected}`) {
    throw new RestError(20003);
  }
}

function onCollection(request: HttpRequest, ports: RestPorts): RestCommand {
  const { accountSid, calls } = ports;
  switch (request.method) {
    case "POST":
      return {
        operation: "create",
        run: () => {
          const call = ports.place(placedCall(formOf(request)));
          return { reply: { status: 201, json: callJson(call.record, accountSid) }, call };
        },
      };
    case "GET":
      return {
        operation: "list",
        run: () => {
          const records = [...calls.values()].map((call) => call.record);
          const json = callListJson(records, request.url.searchParams, accountSid);
          return { reply: { status: 200, json }, call: null };
        },
      };
    default:
      throw new RestError(20004);
  }
}

function onCall(request: HttpRequest, sid: string, ports: RestPorts): RestCommand {
  const run = (status: number, act: (call: TwilioCall) => void): RestResult => {
    const call = ports.calls.get(decodeURIComponent(sid));
    if (call === undefined) {
      throw new RestError(20404);
    }
    act(call);
    const json = callJson(call.record, ports.accountSid);
    return { reply: status === 204 ? { status } : { status, json }, call };
  };
  switch (request.method) {
    case "GET":
      return { operation: "fetch", run: () => run(200, () => undefined) };
    case "POST":
      return {
        operation: "update",
        run: () => run(200, (call) => update(call, formOf(request), ports)),
      };
    case "DELETE":
      return { operation: "remove", run: () => run(204, (call) => remove(call, ports)) };
    default:
      throw new RestError(20004);
  }
}

function update(call: TwilioCall, form: URLSearchParams, ports: RestPorts): void {
  const { record } = call;
  const status = form.get("Status");
  if (status !== null) {
    endThroughRest(call, status, ports);
    return;
  }
  const source = sourceIn(form);
  if (record.status !== "in-progress") {
    throw new RestError(21220);
  }
  if (source !== null) {
    call.redirect(source);
  }
}

function endThroughRest(call: TwilioCall, status: string, ports: RestPorts): void {
  const { record } = call;
  if (status !== "completed" && status !== "canceled") {
    throw new RestError(21218);
  }
  if (record.isOver) {
    if (ports.finishedHangUp === "refuse") {
      throw new RestError(21220);
    }
    return;
  }
  if (status === "canceled" && record.status === "in-progress") {
    throw new RestError(21220);
  }
  call.end("canceled");
}

function remove(call: TwilioCall, ports: RestPorts): void {
  if (!call.record.isOver) {
    throw new RestError(21220);
  }
  ports.calls.delete(call.record.sid);
}

function formOf(request: HttpRequest): URLSearchParams {
  const type = request.headers["content-type"] ?? "";
  return new URLSearchParams(type.startsWith("application/x-www-form-urlencoded") ? request.body.toString() : "");
}
