// The emulator's own HTTP interface below /emulator/, for playing the other party from another terminal.
import { bodyOf, ControlError, optionalText, text } from "../control-request.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import { shownAudio, speakOver } from "../media/control-audio.ts";
import { calleeIn } from "../twilio/control-body.ts";
import { faultsIn } from "./control-body.ts";
import type { PlivoEmulatedCall } from "./emulated-call.ts";
import type { PlivoEmulator } from "./plivo-emulator.ts";

type Body = Record<string, unknown>;

/** Serves `POST script|faults|inbound`, `GET calls`, `GET calls/{uuid}[/audio|/recording]`, `POST calls/{uuid}/say|speak|digits|hangup`. */
export function answerControl(request: HttpRequest, emulator: PlivoEmulator): HttpReply {
  try {
    return { status: 200, json: route(request, emulator) };
  } catch (error) {
    if (error instanceof ControlError) {
      return { status: error.status, json: { error: error.message } };
    }
    throw error;
  }
}

function route(request: HttpRequest, emulator: PlivoEmulator): unknown {
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
  return act(subject, body, emulator);
}

function look(call: PlivoEmulatedCall, what: string | undefined): unknown {
  return what === undefined ? shown(call) : shownAudio(what, call.audio);
}

function act(subject: string, body: Body, emulator: PlivoEmulator): unknown {
  switch (subject) {
    case "script":
      emulator.script(optionalText(body, "to") ?? "*", calleeIn(body["callee"]));
      return { ok: true };
    case "faults":
      emulator.faults(faultsIn(body));
      return { ok: true };
    case "inbound":
      return inbound(body, emulator);
    default:
      throw new ControlError(404, "no such page: script, faults, inbound, calls");
  }
}

function play(
  wish: { readonly call: PlivoEmulatedCall; readonly verb: string; readonly body: Body },
  emulator: PlivoEmulator,
): unknown {
  const { call, verb, body } = wish;
  const id = call.callUuid;
  switch (verb) {
    case "say":
      return heard(emulator.say(id, text(body, "text")));
    case "speak":
      return speakOver(call.audio, body);
    case "digits":
      return heard(emulator.press(id, text(body, "digits")));
    case "hangup":
      emulator.hangUp(id);
      return { ok: true };
    default:
      throw new ControlError(404, "a call can: say, speak, digits, hangup");
  }
}

function heard(ok: boolean): unknown {
  return ok ? { ok } : { ok, error: "nobody was listening for it" };
}

function inbound(body: Body, emulator: PlivoEmulator): unknown {
  const fallbackUrl = optionalText(body, "fallbackUrl");
  const hangupUrl = optionalText(body, "hangupUrl");
  const call = emulator.inbound({
    from: text(body, "from"),
    to: text(body, "to"),
    answerUrl: text(body, "answerUrl"),
    ...(fallbackUrl === undefined ? {} : { fallbackUrl }),
    ...(hangupUrl === undefined ? {} : { hangupUrl }),
    ...(body["caller"] === undefined ? {} : { caller: calleeIn(body["caller"]) }),
  });
  return summary(call);
}

function summary(call: PlivoEmulatedCall): Record<string, unknown> {
  const { callUuid, requestUuid, direction, from, to, status, listening, durationSeconds } = call;
  return { callUuid, requestUuid, direction, from, to, status, listening, durationSeconds };
}

function shown(call: PlivoEmulatedCall): Record<string, unknown> {
  const { heard: transcript, digits, documents, warnings, webhooks, machine, hangupCauseCode, hangupSource } = call;
  const ending = { machine, hangupCauseCode, hangupSource };
  return { ...summary(call), ...ending, heard: transcript, digits, documents, warnings, webhooks };
}

function callOf(id: string, emulator: PlivoEmulator): PlivoEmulatedCall {
  const call =
    id === "last"
      ? emulator.calls.at(-1)
      : emulator.calls.find((each) => each.callUuid === id || each.requestUuid === id);
  if (call === undefined) {
    throw new ControlError(404, `no call ${id}`);
  }
  return call;
}
