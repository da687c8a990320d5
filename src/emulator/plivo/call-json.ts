// A call as Plivo's REST API shows it: live, queued, and as the record that is left of it.
import type { CallRecord } from "./call-record.ts";

const MAX_PAGE = 20;

/** `GET Call/{uuid}?status=live|queued`. */
export function currentCallJson(call: CallRecord, apiId: string): Record<string, unknown> {
  return {
    api_id: apiId,
    call_status: call.status,
    call_uuid: call.callUuid,
    caller_name: call.callerName,
    direction: call.direction,
    from: call.from,
    request_uuid: call.requestUuid ?? "",
    session_start: moment(call.createdAt),
    to: call.to,
  };
}

/** One call detail record, without `api_id`. */
export function callDetailJson(call: CallRecord, authId: string): Record<string, unknown> {
  const { hangupCause: cause } = call;
  const seconds = call.durationSeconds ?? 0;
  return {
    answer_time: call.answeredAt === null ? null : moment(call.answeredAt),
    bill_duration: seconds,
    billed_duration: Math.ceil(seconds / 60) * 60,
    call_direction: call.direction,
    call_duration: seconds,
    call_state: call.answeredAt === null ? cause?.cause : "ANSWER",
    call_uuid: call.callUuid,
    conference_uuid: null,
    end_time: moment(call.endedAt ?? call.createdAt),
    from_number: call.from,
    hangup_cause_code: cause?.code,
    hangup_cause_name: cause?.name,
    hangup_source: cause?.source,
    initiation_time: moment(call.createdAt),
    parent_call_uuid: null,
    resource_uri: `/v1/Account/${authId}/Call/${call.callUuid}/`,
    to_number: call.to,
    total_amount: "0.00000",
    total_rate: "0.00850",
  };
}

/** `GET Call/?status=live|queued`: nothing but the ids, newest first. */
export function currentCallsJson(
  calls: readonly CallRecord[],
  query: URLSearchParams,
  apiId: string,
): Record<string, unknown> {
  const found = calls.filter((call) => matches(call, query)).toReversed();
  return { api_id: apiId, calls: found.map((call) => call.callUuid) };
}

/** `GET Call/`: one page of call detail records, newest first. */
export function callDetailsJson(
  calls: readonly CallRecord[],
  query: URLSearchParams,
  ids: { readonly apiId: string; readonly authId: string },
): Record<string, unknown> {
  const found = calls.filter((call) => matches(call, query)).toReversed();
  const limit = Math.min(count(query.get("limit"), MAX_PAGE), MAX_PAGE);
  const offset = count(query.get("offset"), 0);
  return {
    api_id: ids.apiId,
    meta: { limit, offset, next: null, previous: null, total_count: found.length },
    objects: found.slice(offset, offset + limit).map((call) => callDetailJson(call, ids.authId)),
  };
}

function matches(call: CallRecord, query: URLSearchParams): boolean {
  const equals = (name: string, value: string) => (query.get(name) ?? value).replace(/^\+/, "") === value;
  return equals("call_direction", call.direction) && equals("from_number", call.from) && equals("to_number", call.to);
}

function count(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

/** A moment as the REST API writes it: `2026-01-06 10:00:00+00:00`. */
function moment(epochMs: number): string {
  return new Date(epochMs)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "+00:00");
}
