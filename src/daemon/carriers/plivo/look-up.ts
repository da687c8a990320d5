// Asking Plivo about legs: one by either of its ids, or the one whose dial reply was lost.
import { CallError } from "../../../call/error.ts";
import type { Carrier, LookUpOutcome, LostDial } from "../carrier.ts";
import { plivoNumber } from "./numbers.ts";
import type { CallRecord, Rest } from "./rest.ts";
import { legStatus, recordedOutcome } from "./statuses.ts";

/** Plivo lists ids alone, and each is asked about by itself. */
const mostAsked = 20;

export interface LookUp extends Pick<Carrier, "lookUp" | "findLost"> {
  /** The `CallUUID` of the live call that a dial order became. */
  callOfRequest(requestUuid: string, signal: AbortSignal): Promise<string | undefined>;
}

type Known = Exclude<LookUpOutcome, { leg: "missing" }>;

export function createLookUp(rest: Rest): LookUp {
  async function liveCallOfRequest(requestUuid: string, signal: AbortSignal): Promise<CallRecord | undefined> {
    const listed = await rest.order((calls) => calls.listLiveCalls({ callDirection: "outbound" }), { signal });
    for (const callUuid of idsOf(listed).slice(0, mostAsked)) {
      const live = await rest.find((calls) => calls.getLiveCall(encodeURIComponent(callUuid)), signal);
      if (live?.requestUuid === requestUuid) return { ...live, callUuid };
    }
    return undefined;
  }

  /** A call that is not over, by the id that webhooks name. */
  async function current(callUuid: string, signal: AbortSignal): Promise<CallRecord | undefined> {
    const id = encodeURIComponent(callUuid);
    const live = await rest.find((calls) => calls.getLiveCall(id), signal);
    return live ?? (await rest.find((calls) => calls.getQueuedCall(id), signal));
  }

  async function lookUp(carrierCallId: string, signal: AbortSignal): Promise<LookUpOutcome> {
    const found = await current(carrierCallId, signal);
    if (found !== undefined) return outcomeOf(found);
    const over = await rest.find((calls) => calls.get(encodeURIComponent(carrierCallId)), signal);
    if (over !== undefined) return endOf(over);
    const live = await liveCallOfRequest(carrierCallId, signal);
    return live === undefined ? { leg: "missing" } : outcomeOf(live);
  }

  return {
    lookUp: (leg, signal) => lookUp(leg.carrierCallId, signal),
    async callOfRequest(requestUuid, signal) {
      return textOf((await liveCallOfRequest(requestUuid, signal))?.callUuid);
    },
    async findLost(dial, signal) {
      const filter = { callDirection: "outbound", fromNumber: plivoNumber(dial.from), toNumber: plivoNumber(dial.to) };
      const queued = await rest.order((calls) => calls.listQueuedCalls(), { signal });
      const live = await rest.order((calls) => calls.listLiveCalls(filter), { signal });
      const listed = idsOf([...queued, ...live]).filter((callUuid) => !dial.taken.has(callUuid));
      if (listed.length > mostAsked) return { leg: "missing" };
      const found: Known[] = [];
      for (const callUuid of new Set(listed)) {
        const call = await current(callUuid, signal);
        if (call !== undefined && mayBe(dial, call)) found.push({ ...outcomeOf(call), carrierCallId: callUuid });
      }
      const [only, ...others] = found;
      return only === undefined || others.length > 0 ? { leg: "missing" } : only;
    },
  };
}

/** Plivo gives times without their zone, so only numbers and ids can tell calls apart. */
function mayBe({ from, to, taken }: LostDial, call: CallRecord): boolean {
  const request = textOf(call.requestUuid);
  if (call.direction !== "outbound" || (request !== undefined && taken.has(request))) return false;
  return isNumber(call.from, from) && isNumber(call.to, to);
}

function isNumber(given: unknown, e164: string): boolean {
  return plivoNumber(textOf(given) ?? "") === plivoNumber(e164);
}

function outcomeOf({ callStatus, callUuid }: CallRecord): Known {
  const known = legStatus(textOf(callStatus));
  if (known === undefined) throw unreadable();
  const id = textOf(callUuid);
  return { ...known, ...(id !== undefined && { carrierCallId: id }) };
}

function endOf({ callState, hangupCauseCode }: { callState?: unknown; hangupCauseCode?: unknown }): Known {
  const outcome = recordedOutcome(textOf(callState), textOf(hangupCauseCode));
  if (outcome === undefined) throw unreadable();
  return { leg: "ended", outcome };
}

function idsOf(listed: readonly { callUuid?: unknown }[]): string[] {
  return listed.flatMap(({ callUuid }) => textOf(callUuid) ?? []);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function unreadable(): CallError {
  return new CallError("CARRIER_UNREACHABLE", "Plivo's answer about the call could not be read");
}
