// Faults as they come in over the emulator's own HTTP interface, checked.
import { ControlError, isFaultOf, isListOf } from "../control-request.ts";
import { isMediaFault } from "../media/control-faults.ts";
import type { PlivoFaults, PlivoRestFault, PlivoWebhookFault } from "./faults.ts";

/** Fields that a fault must carry beside its name, by kind of fault. */
const REST_FAULTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["delay", ["ms"]],
  ["drop-reply", []],
  ["reset", []],
  ["webhook-first", []],
  ["refuse", ["status"]],
  ["html", ["status"]],
]);
const WEBHOOK_FAULTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["duplicate", ["copies", "afterMs"]],
  ["retry", ["copies", "afterMs"]],
  ["delay", ["ms"]],
  ["lose", []],
  ["wrong-signature", []],
  ["several-signatures", []],
  ["only-v2", []],
  ["hold-until", ["kind"]],
  ["concurrent", []],
]);

/** The faults of a body. Throws `ControlError`. */
export function faultsIn(body: Record<string, unknown>): PlivoFaults {
  const { rest = [], webhooks = [], media = [] } = body;
  if (!isListOf(rest, isRestFault) || !isListOf(webhooks, isWebhookFault) || !isListOf(media, isMediaFault)) {
    throw new ControlError(400, "faults: { rest: [{ fault, on?, times? }], webhooks: […], media: […] }");
  }
  return { rest, webhooks, media };
}

function isRestFault(value: unknown): value is PlivoRestFault {
  return isFaultOf(REST_FAULTS, value);
}

function isWebhookFault(value: unknown): value is PlivoWebhookFault {
  return isFaultOf(WEBHOOK_FAULTS, value);
}
