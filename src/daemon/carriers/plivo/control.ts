// Orders to Plivo: dial, send a live call to fetch its next document, press keys, hang up.
import { CallError } from "../../../call/error.ts";
import type { Clock } from "../../deps.ts";
import type { Carrier, Leg } from "../carrier.ts";
import { createSteps, type Script } from "../script.ts";
import type { LookUp } from "./look-up.ts";
import { plivoNumber } from "./numbers.ts";
import { notLive } from "./refusal.ts";
import type { Calls, Rest } from "./rest.ts";

interface Control extends Pick<Carrier, "dial" | "speak" | "listen" | "sendDigits" | "hangUp"> {
  fetchNext(leg: Leg, signal: AbortSignal): Promise<void>;
}

interface ControlPorts {
  rest: Rest;
  script: Script;
  callOfRequest: LookUp["callOfRequest"];
  clock: Clock;
}

export function createControl({ rest, script, callOfRequest, clock }: ControlPorts): Control {
  const newStep = createSteps(clock);

  /** An order to a live call. */
  async function live(give: (calls: Calls) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    if ((await rest.find(give, signal)) === undefined) throw notLive();
  }

  /** Plivo takes no documents, only an address to fetch the next one from; what it gets there is the state's by then. */
  function fetchNext(leg: Leg, signal: AbortSignal, utterance?: string): Promise<void> {
    const alegUrl = script.url({ ...newStep(leg.callId), kind: utterance === undefined ? "hold" : "words", utterance });
    const to = { legs: "aleg", alegUrl, alegMethod: "POST" };
    return live((calls) => calls.transfer(idOf(leg), to), signal);
  }

  async function hangUp(callUuid: string, signal: AbortSignal): Promise<boolean> {
    return (await rest.find((calls) => calls.hangup(callUuid), signal)) !== undefined;
  }

  return {
    async dial({ callId, from, to, dtmfSequence, ringTimeoutMs, maxDurationMs, detectMachine }, signal) {
      const at = newStep(callId);
      const answerUrl = script.url({ ...at, kind: "answer" });
      const status = script.url({ ...at, kind: "status" });
      const params = {
        answerMethod: "POST",
        ringUrl: status,
        ringMethod: "POST",
        // Without one Plivo tells the end of the call to the answer URL.
        hangupUrl: status,
        hangupMethod: "POST",
        // The carrier's own limits, so that a dead machine runs up no bill; Plivo knows whole seconds.
        ringTimeout: wholeSeconds(ringTimeoutMs),
        timeLimit: wholeSeconds(maxDurationMs),
        ...(dtmfSequence !== undefined && { sendDigits: dtmfSequence }),
        // With a URL of its own the verdict is told besides the call, and nobody waits for it.
        ...(detectMachine && {
          machineDetection: "true",
          machineDetectionUrl: script.url({ ...at, kind: "detected" }),
          machineDetectionMethod: "POST",
        }),
      };
      const { requestUuid } = await rest.order(
        (calls) => calls.create(plivoNumber(from), plivoNumber(to), answerUrl, params),
        { signal, dials: true },
      );
      if (typeof requestUuid === "string" && requestUuid !== "") return { carrierCallId: requestUuid };
      throw new CallError("OUTCOME_UNKNOWN", "Plivo's answer to the dial order named no call: the call may exist");
    },
    fetchNext: (leg, signal) => fetchNext(leg, signal),
    speak: (leg, { utteranceId }, signal) => fetchNext(leg, signal, utteranceId),
    listen: (leg, _turn, signal) => fetchNext(leg, signal),
    // Played into whatever the line is doing, a stream too; the turn opens with the next document.
    sendDigits: (leg, { digits }, signal) =>
      live((calls) => calls.sendDigits(idOf(leg), digits, { leg: "aleg" }), signal),
    async hangUp(leg, signal) {
      const id = idOf(leg);
      if (await hangUp(id, signal)) return "accepted";
      // Until a webhook has named the call, the id is that of the dial request.
      if ((await rest.find((calls) => calls.cancel(id), signal)) !== undefined) return "accepted";
      const callUuid = await callOfRequest(leg.carrierCallId, signal);
      return callUuid !== undefined && (await hangUp(encodeURIComponent(callUuid), signal))
        ? "accepted"
        : "already-over";
    },
  };
}

/** The SDK puts ids into its paths as they are. */
function idOf({ carrierCallId }: Leg): string {
  return encodeURIComponent(carrierCallId);
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
