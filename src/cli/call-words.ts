// Calls in words: one in full with its transcript, or several as a table.
import type { CallView } from "../call/view.ts";
import { quoted } from "./event-words.ts";
import { clockTime, dateTime, duration, table } from "./format.ts";
import { type Paint, printable } from "./paint.ts";
import { turnsTable } from "./turn-words.ts";

export function callText(call: CallView, { paint, now }: { paint: Paint; now: number }): string {
  const facts = [
    ["state", call.state],
    ["through", call.provider + (call.providerCallId === undefined ? "" : `, ${call.providerCallId}`)],
    ["mode", call.mode],
    ["started", dateTime(call.startedAt)],
    ...(call.answeredAt === undefined ? [] : [["answered", `after ${duration(call.answeredAt - call.startedAt)}`]]),
    [call.endedAt === undefined ? "for" : "ended", endText(call, now)],
    ...(call.sessionKey === undefined ? [] : [["session", call.sessionKey]]),
    ...openTurnRows(call, now),
    ...audioRows(call),
    ...(call.endDetail === undefined ? [] : detailRows(call.endDetail)),
  ];
  const transcript = call.transcript.map(
    ({ timestamp, speaker, text, isFinal }) =>
      `  ${paint("dim", clockTime(timestamp))}  ${paint(speaker === "bot" ? "cyan" : "magenta", `${speaker.padEnd(4)}  ${quoted(text)}`)}${isFinal ? "" : " …"}`,
  );
  return [
    `${paint("bold", call.callId)}  ${partiesOf(call)}`,
    ...table(facts.map((row) => row.map(printable)))
      .split("\n")
      .map((line) => `  ${line}`),
    ...(transcript.length === 0 ? [] : ["", ...transcript]),
    ...(call.turns === undefined ? [] : ["", ...turnsTable(call.turns).map((line) => `  ${line}`)]),
  ].join("\n");
}

export function callsText(calls: readonly CallView[], now: number): string {
  if (calls.length === 0) return "No live calls.";
  const rows = calls.map((call) => [
    call.callId,
    call.state,
    partiesOf(call),
    duration(now - call.startedAt),
    call.mode,
    call.provider,
  ]);
  return table([["CALL", "STATE", "WITH", "FOR", "MODE", "THROUGH"], ...rows]);
}

const answerers = { human: "a person", machine: "a machine", unknown: "a person or a machine" } as const;

/** Through what it is heard, who answered, and where it was written down. */
function audioRows({ streams, streamAbandoned, answeredBy, recording, endedAt }: CallView): string[][] {
  const files = recording?.files ?? [];
  const waits = recording !== undefined && files.length === 0;
  return [
    ...(streams === undefined ? [] : [["audio", "over a media stream"]]),
    ...(streamAbandoned === undefined
      ? []
      : [["audio", `by the carrier's own voice and recogniser: ${streamAbandoned}`]]),
    ...(answeredBy === undefined ? [] : [["answered by", answerers[answeredBy]]]),
    ...files.map(({ file, durationMs }) => ["recorded", `${file} (${duration(durationMs)})`]),
    ...(waits
      ? [
          [
            "recorded",
            endedAt === undefined ? "yes; the file is complete when the call is over" : "no file was written",
          ],
        ]
      : []),
  ];
}

/** The caller has spoken, and nothing is being said to it yet. */
function openTurnRows({ state, endedAt, transcript }: CallView, now: number): string[][] {
  const last = transcript.at(-1);
  if (endedAt !== undefined || state === "speaking" || last?.speaker !== "user") return [];
  return [["open turn", `the caller waits for an answer, for ${duration(now - last.timestamp)}`]];
}

/** `→ +15555550123`: whom we called, or who called us. */
function partiesOf({ direction, from, to }: CallView): string {
  return printable(direction === "outbound" ? `→ ${to}` : `← ${from}`);
}

function endText({ startedAt, endedAt }: CallView, now: number): string {
  return endedAt === undefined ? duration(now - startedAt) : `after ${duration(endedAt - startedAt)}`;
}

function detailRows({ message, carrierCode, hint }: NonNullable<CallView["endDetail"]>): string[][] {
  const code = carrierCode === undefined || message.includes(carrierCode) ? "" : ` (carrier error ${carrierCode})`;
  return [["because", `${message}${code}`], ...(hint === undefined ? [] : [["hint", hint]])];
}
