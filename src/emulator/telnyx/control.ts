// The emulator's own HTTP interface below /emulator/, for playing the other party from another terminal.
import { bodyOf, ControlError, optionalText, text } from "../control-request.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import { shownAudio, speakOver } from "../media/control-audio.ts";
import { calleeIn, faultsIn } from "./control-body.ts";
import type { EmulatedCall } from "./emulated-call.ts";
import type { TelnyxEmulator } from "./telnyx-emulator.ts";

type Body = Readonly<Record<string, unknown>>;
type Action = (body: Body, emulator: TelnyxEmulator) => unknown;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["script", script],
  ["faults", faults],
  ["inbound", inbound],
]);

/** Serves `POST script|faults|inbound`, `GET calls`, `GET calls/{id}[/audio|/recording]`, `POST calls/{id}/say|speak|digits|hangup`; `last` is the newest call. */
export function answerControl(request: HttpRequest, emulator: TelnyxEmulator): HttpReply {
  try {
    return { status: 200, json: route(request, emulator) };
  } catch (error) {
    if (error instanceof ControlError) {
      return { status: error.status, json: { error: error.message } };
    }
    throw error;
  }
}

function route(request: HttpRequest, emulator: TelnyxEmulator): unknown {
  const [subject = "", id, verb] = request.url.pathname.split("/").slice(2);
  if (subject === "calls" && request.method === "GET") {
    return id === undefined ? emulator.calls.map(summary) : look(callOf(id, emulator), verb);
  }
  if (request.method !== "POST") {
    throw new ControlError(405, "use GET for calls, POST for everything else");
  }
  const body = bodyOf(request);
  if (subject === "calls" && id !== undefined && verb !== undefined) {
    return play({ call: callOf(id, emulator), verb, body }, emulator);
  }
  const action = ACTIONS.get(subject);
  if (action === undefined) {
    throw new ControlError(404, "no such page: script, faults, inbound, calls");
  }
  return action(body, emulator);
}

function look(call: EmulatedCall, what: string | undefined): unknown {
  return what === undefined ? shown(call) : shownAudio(what, call.audio);
}

function play(
  wish: { readonly call: EmulatedCall; readonly verb: string; readonly body: Body },
  emulator: TelnyxEmulator,
): unknown {
  const { call, verb, body } = wish;
  const id = call.callControlId;
  switch (verb) {
    case "say":
      return noticed(emulator.say(id, text(body, "text")));
    case "speak":
      return speakOver(call.audio, body);
    case "digits":
      return noticed(emulator.press(id, text(body, "digits")));
    case "hangup":
      emulator.hangUp(id);
      return { ok: true };
    default:
      throw new ControlError(404, "a call can: say, speak, digits, hangup");
  }
}

function noticed(delivered: boolean): unknown {
  return delivered ? { ok: true } : { ok: false, reason: "nobody is listening for it at the moment" };
}

function script(body: Body, emulator: TelnyxEmulator): unknown {
  emulator.script(optionalText(body, "to") ?? "*", calleeIn(body["callee"]));
  return { ok: true };
}

function faults(body: Body, emulator: TelnyxEmulator): unknown {
  emulator.faults(faultsIn(body));
  return { ok: true };
}

function inbound(body: Body, emulator: TelnyxEmulator): unknown {
  const webhookUrl = optionalText(body, "webhookUrl");
  if (webhookUrl !== undefined && (!/^https?:\/\//.test(webhookUrl) || !URL.canParse(webhookUrl))) {
    throw new ControlError(400, "webhookUrl must be an absolute http or https URL");
  }
  const call = emulator.inbound({
    from: optionalText(body, "from") ?? "",
    to: text(body, "to"),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(body["caller"] === undefined ? {} : { caller: calleeIn(body["caller"]) }),
  });
  return summary(call);
}

function summary(call: EmulatedCall): Record<string, unknown> {
  const { callControlId, direction, from, to, state, listening, durationSeconds, hangupCause } = call;
  return { callControlId, direction, from, to, state, listening, durationSeconds, hangupCause };
}

function shown(call: EmulatedCall): Record<string, unknown> {
  const { heard, said, digits, commands, warnings, webhooks } = call;
  return { ...summary(call), heard, said, digits, commands, warnings, webhooks };
}

function callOf(id: string, emulator: TelnyxEmulator): EmulatedCall {
  const wanted = decodeURIComponent(id);
  const call = id === "last" ? emulator.calls.at(-1) : emulator.calls.find((each) => each.callControlId === wanted);
  if (call === undefined) {
    throw new ControlError(404, `no call ${id}`);
  }
  return call;
}
