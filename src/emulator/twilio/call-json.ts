// A call as Twilio's REST API shows it, and the list of calls with its filters and pages.
import type { CallRecord } from "./call-record.ts";
import { rfc2822 } from "./status-callbacks.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** The snake_case Call resource. */
export function callJson(call: CallRecord, accountSid: string): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${call.sid}`;
  return {
    sid: call.sid,
    account_sid: accountSid,
    api_version: "2010-04-01",
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(call.endedAt ?? call.answeredAt ?? call.createdAt),
    parent_call_sid: null,
    to: call.to,
    to_formatted: call.to,
    from: call.from,
    from_formatted: call.from,
    phone_number_sid: "",
    status: call.status,
    start_time: optionalTime(call.startedAt),
    end_time: optionalTime(call.endedAt),
    duration: call.isOver ? String(call.durationSeconds ?? 0) : null,
    price: null,
    price_unit: "USD",
    direction: call.direction,
    answered_by: call.answeredBy,
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: "0",
    trunk_sid: null,
    uri: `${uri}.json`,
    subresource_uris: {
      notifications: `${uri}/Notifications.json`,
      recordings: `${uri}/Recordings.json`,
      streams: `${uri}/Streams.json`,
    },
  };
}

/** One page of the list, newest call first, in the envelope that the official SDK pages over. */
export function callListJson(
  calls: readonly CallRecord[],
  query: URLSearchParams,
  accountSid: string,
): Record<string, unknown> {
  const matching = calls.filter((call) => matches(call, query)).toReversed();
  const size = pageNumber(query.get("PageSize"), DEFAULT_PAGE_SIZE);
  const pageSize = Math.min(Math.max(size, 1), MAX_PAGE_SIZE);
  const page = pageNumber(query.get("Page"), 0);
  const shown = matching.slice(page * pageSize, (page + 1) * pageSize);
  const uriOf = (number: number) => {
    const search = new URLSearchParams(query);
    search.set("PageSize", String(pageSize));
    search.set("Page", String(number));
    return `/2010-04-01/Accounts/${accountSid}/Calls.json?${search.toString()}`;
  };
  return {
    calls: shown.map((call) => callJson(call, accountSid)),
    page,
    page_size: pageSize,
    start: page * pageSize,
    end: Math.max(0, page * pageSize + shown.length - 1),
    uri: uriOf(page),
    first_page_uri: uriOf(0),
    previous_page_uri: page === 0 ? null : uriOf(page - 1),
    next_page_uri: (page + 1) * pageSize < matching.length ? uriOf(page + 1) : null,
  };
}

function matches(call: CallRecord, query: URLSearchParams): boolean {
  const equals = (name: string, value: string) => (query.get(name) ?? value) === value;
  return (
    equals("To", call.to) &&
    equals("From", call.from) &&
    equals("Status", call.status) &&
    inTime("StartTime", call.startedAt, query) &&
    inTime("EndTime", call.endedAt, query)
  );
}

/** Twilio compares whole seconds, and whole days when only a date was given. */
function inTime(name: string, at: number | null, query: URLSearchParams): boolean {
  const compare = (suffix: string, holds: (at: number, bound: number) => boolean) => {
    const bound = query.get(name + suffix);
    if (bound === null) {
      return true;
    }
    const unit = bound.length > "2026-01-06".length ? 1000 : 86_400_000;
    return at !== null && holds(Math.floor(at / unit), Math.floor(Date.parse(bound) / unit));
  };
  return (
    compare("", (time, bound) => time === bound) &&
    compare(">", (time, bound) => time >= bound) &&
    compare("<", (time, bound) => time <= bound)
  );
}

function pageNumber(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

function optionalTime(at: number | null): string | null {
  return at === null ? null : rfc2822(at);
}
