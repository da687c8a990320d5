// Orders to Twilio: dial, push the line's next TwiML, hang up.
import { CallError } from "../../../call/error.ts";
import type { Clock } from "../../deps.ts";
import type { Carrier, DialOrder, Leg } from "../carrier.ts";
import type { CarrierMedia } from "../media.ts";
import { createSteps, type Script, type Step } from "../script.ts";
import { saysOver } from "./refusal.ts";
import type { Rest } from "./rest.ts";
import { legStatus } from "./statuses.ts";
import { maxInlineTwiml } from "./twiml.ts";

/** Twilio's limit for `SendDigits`. */
const maxDialDigits = 32;
/** Twilio's limit for `Timeout`, in seconds. */
const maxRingSeconds = 600;

interface Control extends Pick<Carrier, "dial" | "speak" | "listen" | "sendDigits" | "hangUp"> {
  attach: CarrierMedia["attach"];
}

interface ControlPorts {
  rest: Rest;
  script: Script;
  clock: Clock;
}

export function createControl({ rest, script, clock }: ControlPorts): Control {
  const newStep = createSteps(clock);

  async function push(leg: Leg, twiml: (at: Step) => string, signal: AbortSignal): Promise<void> {
    const at = newStep(leg.callId);
    const inline = twiml(at);
    const next =
      inline.length <= maxInlineTwiml
        ? { twiml: inline }
        : { url: script.url({ ...at, kind: "hold" }), method: "POST" };
    await rest.order((client) => client.calls(leg.carrierCallId).update(next), { signal });
  }

  return {
    async dial(order, signal) {
      const { to, from } = order;
      const at = newStep(order.callId);
      const limits = limitsOf(order);
      const call = await rest.order(
        (client) =>
          client.calls.create({
            to,
            from,
            ...opening(order, script, at),
            method: "POST",
            statusCallback: script.url({ ...at, kind: "status" }),
            statusCallbackMethod: "POST",
            statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
            ...limits,
            ...(order.detectMachine && detection(script, at)),
          }),
        { signal, dials: true },
      );
      if (typeof call.sid === "string" && call.sid !== "") return { carrierCallId: call.sid };
      throw new CallError("OUTCOME_UNKNOWN", "Twilio's answer to the dial order named no call: the call may exist");
    },
    speak: (leg, order, signal) => push(leg, (at) => script.speak(order, at), signal),
    listen: (leg, turn, signal) => push(leg, (at) => script.listen(turn, at), signal),
    sendDigits: (leg, order, signal) => push(leg, (at) => script.sendDigits(order, at), signal),
    async attach(leg, url, signal) {
      await push(leg, (at) => script.stream(url(), at), signal);
      return undefined;
    },
    hangUp: (leg, signal) =>
      rest.order(
        async (client) => {
          const { status } = await client.calls(leg.carrierCallId).update({ status: "completed" });
          return legStatus(status)?.leg === "ended" ? "already-over" : "accepted";
        },
        { signal, accept: (failure) => (saysOver(failure) ? "already-over" : undefined) },
      ),
  };
}

function opening(order: DialOrder, script: Script, at: Step): { twiml: string } | { url: string } {
  const inline = order.opening === undefined ? "" : script.speak(order.opening, at);
  return inline !== "" && inline.length <= maxInlineTwiml
    ? { twiml: inline }
    : { url: script.url({ ...at, kind: "answer" }) };
}

/** Besides the call, so that nobody waits for the verdict; of a machine it is told when its greeting is over. */
function detection(
  script: Script,
  at: Step,
): {
  machineDetection: string;
  asyncAmd: string;
  asyncAmdStatusCallback: string;
  asyncAmdStatusCallbackMethod: "POST";
} {
  return {
    machineDetection: "DetectMessageEnd",
    asyncAmd: "true",
    asyncAmdStatusCallback: script.url({ ...at, kind: "detected" }),
    asyncAmdStatusCallbackMethod: "POST",
  };
}

/** The carrier's own limits, so that a dead machine runs up no bill; Twilio knows whole seconds. */
function limitsOf({ ringTimeoutMs, maxDurationMs, dtmfSequence }: DialOrder): {
  timeout: number;
  timeLimit: number;
  sendDigits?: string;
} {
  if (dtmfSequence !== undefined && dtmfSequence.length > maxDialDigits) {
    throw new CallError(
      "INVALID_INPUT",
      `the digits to send on answer are ${dtmfSequence.length} characters long; Twilio takes ${maxDialDigits}`,
      {
        hint: "send the rest with `voicecall dtmf` once the call is answered",
      },
    );
  }
  return {
    timeout: Math.min(maxRingSeconds, wholeSeconds(ringTimeoutMs)),
    timeLimit: wholeSeconds(maxDurationMs),
    ...(dtmfSequence !== undefined && { sendDigits: dtmfSequence }),
  };
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
