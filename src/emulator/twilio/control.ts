// The emulator's own HTTP interface below /emulator/, for playing the other party from another terminal.
import { bodyOf, ControlError, optionalText, text } from "../control-request.ts";
import type { HttpReply, HttpRequest } from "../loopback-server.ts";
import { shownAudio, speakOver } from "../media/control-audio.ts";
import { calleeIn, faultsIn } from "./control-body.ts";
import type { EmulatedCall } from "./emulated-call.ts";
import type { TwilioEmulator } from "./twilio-emulator.ts";

type Action = (body: Record<string, unknown>, emulator: TwilioEmulator) => unknown;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  [
    "script",
    (body, emulator) => {
      emulator.script(optionalText(body, "to") ?? "*", calleeIn(body["callee"]));
      return { ok: true };
    },
  ],
  [
    "faults",
    (body, emulator) => {
      emulator.faults(faultsIn(body));
      return { ok: true };
    },
  ],
  ["inbound", inbound],
]);

/** Serves `POST script|faults|inbound`, `GET calls`, `GET calls/{sid}[/audio|/recording]`, `POST calls/{sid}/say|speak|digits|hangup`. */
export function answerControl(request: HttpRequest, emulator: TwilioEmulator): HttpReply {
  try {
    return { status: 200, json: route(request, emulator) };
  } catch (error) {
    if (error instanceof ControlError) {
      return { status: error.status, json: { error: error.message } };
    }
    throw error;
  }
}

function route(request: HttpRequest, emulator: TwilioEmulator): unknown {
  const [subject = "", sid, verb] = request.url.pathname.split("/").slice(2);
  if (subject === "calls" && request.method === "GET") {
    return sid === undefined ? emulator.calls.map(summary) : look(callOf(sid, emulator), verb);
  }
  if (request.method !== "POST") {
    throw new ControlError(405, "use GET for calls, POST for everything else");
  }
  const body = bodyOf(request);
  if (subject === "calls" && sid !== undefined && verb !== undefined) {
    return play({ call: callOf(sid, emulator), verb, body }, emulator);
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
  wish: { readonly call: EmulatedCall; readonly verb: string; readonly body: Record<string, unknown> },
  emulator: TwilioEmulator,
): unknown {
  const { call, verb, body } = wish;
  const { sid } = call;
  switch (verb) {
    case "say":
      return heard(emulator.say(sid, text(body, "text")));
    case "speak":
      return speakOver(call.audio, body);
    case "digits":
      return heard(emulator.press(sid, text(body, "digits")));
    case "hangup":
      emulator.hangUp(sid);
      return { ok: true };
    default:
      throw new ControlError(404, "a call can: say, speak, digits, hangup");
  }
}

function heard(delivered: boolean): unknown {
  return delivered ? { ok: true } : { ok: false, reason: "nobody is listening for it at the moment; it was lost" };
}

function inbound(body: Record<string, unknown>, emulator: TwilioEmulator): unknown {
  const fallbackUrl = optionalText(body, "fallbackUrl");
  const statusCallbackUrl = optionalText(body, "statusCallbackUrl");
  const voiceUrl = text(body, "voiceUrl");
  if (!/^https?:\/\//.test(voiceUrl) || !URL.canParse(voiceUrl)) {
    throw new ControlError(400, "voiceUrl must be an absolute http or https URL");
  }
  const call = emulator.inbound({
    from: text(body, "from"),
    to: text(body, "to"),
    voiceUrl,
    ...(fallbackUrl === undefined ? {} : { fallbackUrl }),
    ...(statusCallbackUrl === undefined ? {} : { statusCallbackUrl }),
    ...(body["caller"] === undefined ? {} : { caller: calleeIn(body["caller"]) }),
  });
  return summary(call);
}

function summary(call: EmulatedCall): Record<string, unknown> {
  const { sid, direction, from, to, status, listening, durationSeconds } = call;
  return { sid, direction, from, to, status, listening, durationSeconds };
}

function shown(call: EmulatedCall): Record<string, unknown> {
  const { heard: transcript, digits, documents, warnings, webhooks } = call;
  return { ...summary(call), heard: transcript, digits, documents, warnings, webhooks };
}

function callOf(sid: string, emulator: TwilioEmulator): EmulatedCall {
  const call = sid === "last" ? emulator.calls.at(-1) : emulator.calls.find((each) => each.sid === sid);
  if (call === undefined) {
    throw new ControlError(404, `no call ${sid}`);
  }
  return call;
}
