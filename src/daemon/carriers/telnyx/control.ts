// Orders to Telnyx: one command each, every one under a command id, so that the same command twice acts once.
import { CallError } from "../../../call/error.ts";
import type { Carrier, CarrierPorts, Leg } from "../carrier.ts";
import { encodeClientState } from "./client-state.ts";
import { dialParams } from "./dial-params.ts";
import { textOf } from "../json-fields.ts";
import { heardLanguage, spokenLanguage } from "./languages.ts";
import { alreadyListens, saysOver } from "./refusal.ts";
import type { Rest, TelnyxAccount } from "./rest.ts";
import { speechParts } from "./speech.ts";

type Answering = Pick<Carrier, "answer" | "reject">;
type Control = Answering & Pick<Carrier, "dial" | "speak" | "listen" | "sendDigits" | "hangUp">;

interface ControlOptions {
  rest: Rest;
  ports: CarrierPorts;
  account: TelnyxAccount;
  newCommand(leg: Leg): string;
}

/** @throws CallError `CONFIG_INVALID` when the language is none. */
export function createControl({ rest, ports, account, newCommand }: ControlOptions): Control {
  return {
    ...createAnswering(rest, ports),
    ...createSpeech(rest, account),
    ...createLineOrders(rest, newCommand),
    async dial(order, signal) {
      const params = dialParams(order, { connectionId: account.connectionId, publicUrl: ports.publicUrl() });
      const placed = await rest.order((calls, sending) => calls.dial(params, sending), { signal, dials: true });
      const carrierCallId = textOf(placed?.data?.call_control_id);
      if (carrierCallId !== undefined) return { carrierCallId };
      throw new CallError("OUTCOME_UNKNOWN", "Telnyx's answer to the dial order named no call: the call may exist");
    },
  };
}

/** A call that comes in rings on until a command answers or rejects it; the reply to its webhook does neither. */
function createAnswering(rest: Rest, ports: CarrierPorts): Answering {
  return {
    async answer({ callId, carrierCallId }, signal) {
      const params = { client_state: encodeClientState({ callId }), command_id: `${callId}-answer` };
      const taken = await rest.order((calls, sending) => calls.actions.answer(carrierCallId, params, sending), {
        signal,
        tolerates: saysOver,
      });
      // The caller gave up first. The event that tells so may have come and gone before there was a call of ours.
      if (taken === undefined)
        await ports.deliver({ callId, carrierCallId, facts: [{ type: "over", outcome: "canceled" }] });
    },
    async reject({ callId, carrierCallId }, busy, signal) {
      const params = { cause: busy ? "USER_BUSY" : "CALL_REJECTED", command_id: `${callId}-reject` } as const;
      await rest.order((calls, sending) => calls.actions.reject(carrierCallId, params, sending), {
        signal,
        tolerates: saysOver,
      });
    },
  };
}

function createSpeech(
  rest: Rest,
  { voice = "female", language = "en-US" }: TelnyxAccount,
): Pick<Control, "speak" | "listen"> {
  const spoken = spokenLanguage(language);
  const heard = heardLanguage(language);
  return {
    /** Telnyx queues speech, so the parts of a long text follow each other; only the first one ends what went before. */
    async speak({ callId, carrierCallId }, { utteranceId, text }, signal) {
      const parts = speechParts(text);
      for (const [index, payload] of parts.entries()) {
        const utterance = { utteranceId, first: index === 0, last: index === parts.length - 1 };
        const params = {
          payload,
          payload_type: "text",
          voice,
          language: spoken,
          ...(utterance.first && { stop: "all" }),
          client_state: encodeClientState({ callId, utterance }),
          command_id: `${callId}-${utteranceId}-${index}`,
        } as const;
        await rest.order((calls, sending) => calls.actions.speak(carrierCallId, params, sending), { signal });
      }
    },
    /** Telnyx listens from the first turn to the end of the call. Its client state is left alone: it names the last utterance. */
    async listen({ callId, carrierCallId }, turn, signal) {
      const params = {
        transcription_engine: "Telnyx",
        transcription_engine_config: { transcription_engine: "Telnyx", language: heard },
        transcription_tracks: "inbound",
        command_id: `${callId}-${turn}`,
      } as const;
      await rest.order((calls, sending) => calls.actions.startTranscription(carrierCallId, params, sending), {
        signal,
        tolerates: alreadyListens,
      });
    },
  };
}

function createLineOrders(
  rest: Rest,
  newCommand: ControlOptions["newCommand"],
): Pick<Control, "sendDigits" | "hangUp"> {
  return {
    async sendDigits(leg, { digits }, signal) {
      const params = { digits, command_id: newCommand(leg) };
      await rest.order((calls, sending) => calls.actions.sendDtmf(leg.carrierCallId, params, sending), { signal });
    },
    async hangUp(leg, signal) {
      const params = { command_id: newCommand(leg) };
      const taken = await rest.order((calls, sending) => calls.actions.hangup(leg.carrierCallId, params, sending), {
        signal,
        tolerates: saysOver,
      });
      return taken === undefined ? "already-over" : "accepted";
    },
  };
}
