// The dial order as Telnyx takes it, with the carrier's own limits, so that a dead machine runs up no bill.
import type { CallDialParams } from "telnyx/resources/calls/calls";
import { CallError } from "../../../call/error.ts";
import type { DialOrder } from "../carrier.ts";
import { encodeClientState } from "./client-state.ts";

/** Telnyx's limits: digits sent on answer, seconds of ringing, seconds of talking. */
const maxDialDigits = 64;
const ringSeconds = { least: 5, most: 600 };
const talkSeconds = { least: 60, most: 14_400 };

interface Dialling {
  connectionId: string;
  publicUrl: string;
}

/** @throws CallError `INVALID_INPUT` for more digits than Telnyx takes. */
export function dialParams(order: DialOrder, { connectionId, publicUrl }: Dialling): CallDialParams {
  const { callId, from, to, dtmfSequence, ringTimeoutMs, maxDurationMs, detectMachine } = order;
  if (dtmfSequence !== undefined && dtmfSequence.length > maxDialDigits) {
    throw new CallError(
      "INVALID_INPUT",
      `the digits to send on answer are ${dtmfSequence.length} characters long; Telnyx takes ${maxDialDigits}`,
      {
        hint: "send the rest with `voicecall dtmf` once the call is answered",
      },
    );
  }
  return {
    connection_id: connectionId,
    from,
    to,
    // Without a query of ours: Telnyx does not sign the URL, so nothing in it could be trusted.
    webhook_url: publicUrl,
    webhook_url_method: "POST",
    client_state: encodeClientState({ callId }),
    command_id: `${callId}-dial`,
    timeout_secs: seconds(ringTimeoutMs, ringSeconds),
    time_limit_secs: seconds(maxDurationMs, talkSeconds),
    // Told besides the call, and again when a machine's greeting is over.
    ...(detectMachine && { answering_machine_detection: "greeting_end" }),
    ...(dtmfSequence !== undefined && { send_digits_on_answer: dtmfSequence }),
  };
}

function seconds(ms: number, { least, most }: { least: number; most: number }): number {
  return Math.min(most, Math.max(least, Math.ceil(ms / 1000)));
}
