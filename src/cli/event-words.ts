// Events in words: a label and a text for each, as `tail` and `call --follow` show them on a terminal.
import type { StoredEvent } from "../call/event.ts";
import { clockTime, duration } from "./format.ts";
import { type Paint, printable } from "./paint.ts";
import { timesText } from "./turn-words.ts";

interface Words {
  label: string;
  text?: string;
  tone?: Tone;
}

/** `detail`: true, but only of interest to whoever looks for a fault. */
type Tone = "good" | "bad" | "agent" | "caller" | "detail";

const styles = { good: "green", bad: "red", agent: "cyan", caller: "magenta", detail: "dim" } as const;
const labelWidth = 10;
const shortIdLength = 8;

/** Remembers what was asked to be said, so that it is shown when it is said. One for each stream of events. */
export class EventWords {
  readonly #texts = new Map<string, string>();
  readonly #paint: Paint;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** One line, with the call's short id when several calls are followed; empty for a detail that is not wanted. */
  line(event: StoredEvent, options: { withCall: boolean; details: boolean }): string {
    const { label, text = "", tone } = this.#words(event);
    if (tone === "detail" && !options.details) return "";
    const time = this.#paint("dim", clockTime(event.at));
    const call = options.withCall ? `${this.#paint("dim", shortCallId(event.callId))}  ` : "";
    const words = `${printable(label).padEnd(labelWidth)}  ${printable(text)}`.trimEnd();
    return `${time}  ${call}${tone === undefined ? words : this.#paint(styles[tone], words)}`;
  }

  #words(event: StoredEvent): Words {
    if (event.type === "call.ended") this.#forget(event.callId);
    const key = (utteranceId: string): string => `${event.callId} ${utteranceId}`;
    if (event.type === "call.requested") this.#remember(key("u1"), event.message);
    if (event.type === "call.received") this.#remember(key("u1"), event.greeting);
    if (event.type === "utterance.requested") this.#remember(key(event.utteranceId), event.text);
    return describe(event, "utteranceId" in event ? (this.#texts.get(key(event.utteranceId)) ?? "") : "");
  }

  #remember(key: string, text: string | undefined): void {
    if (text !== undefined) this.#texts.set(key, text);
  }

  #forget(callId: string): void {
    for (const key of this.#texts.keys()) if (key.startsWith(`${callId} `)) this.#texts.delete(key);
  }
}

/** The flat object that scripts get of an event. */
export function eventJson({ seq, callId, at, type, ...rest }: StoredEvent): object {
  return { seq, callId, at, type, ...rest };
}

/** The part of an id that tells calls apart: `call-` is left out. */
function shortCallId(callId: string): string {
  return callId
    .replace(/^call-/, "")
    .slice(0, shortIdLength)
    .padEnd(shortIdLength);
}

export function quoted(text: string): string {
  return `“${printable(text)}”`;
}

/** `spoken`: the text of the utterance that the event is about, as far as it is known. */
function describe(event: StoredEvent, spoken: string): Words {
  switch (event.type) {
    case "call.requested":
      return { label: "calling", text: `→ ${event.to} from ${event.from} through ${event.carrier}, ${event.mode}` };
    case "call.received":
      return { label: "incoming", text: `← ${event.from} to ${event.to} through ${event.carrier}` };
    case "call.admitted":
      return { label: "let in", text: "the caller may come in" };
    case "call.rejected":
      return { label: "rejected", text: rejections[event.why], tone: "bad" };
    case "call.placed":
      return { label: "placed", text: `${event.carrierCallId} (by ${event.source})`, tone: "detail" };
    case "dial.unconfirmed":
      return { label: "unsure", text: `whether the carrier placed the call: ${event.message}`, tone: "bad" };
    case "call.ringing":
      return { label: "ringing" };
    case "call.answered":
      return { label: "answered", text: event.answeredBy === undefined ? "" : `by ${event.answeredBy}`, tone: "good" };
    case "line.ready":
      return { label: "ready", text: "the carrier takes orders", tone: "detail" };
    case "call.ended":
      return ended(event);
    default:
      return speech(event, spoken);
  }
}

const rejections: Record<StoredEvent<"call.rejected">["why"], string> = {
  "inbound-disabled": "nobody may call in (`inboundPolicy` is disabled)",
  "not-on-allowlist": "the number is not in `allowFrom`",
  "caller-unknown": "the caller shows no number that could be let in",
  "pairing-busy": "the caller is not paired, and too many codes wait already",
  "at-capacity": "`maxConcurrentCalls` are live already",
  draining: "the daemon is about to stop",
};

function ended({ reason, message, carrierCode, hint }: StoredEvent<"call.ended">): Words {
  const code =
    carrierCode === undefined || message?.includes(carrierCode) === true ? "" : ` (carrier error ${carrierCode})`;
  const detail = message === undefined ? code : `: ${message}${code}`;
  return {
    label: "ended",
    text: `${reason}${detail}${hint === undefined ? "" : `; ${hint}`}`,
    tone: isGoodEnd(reason) ? "good" : "bad",
  };
}

/** Whether a call came to its natural end. */
export function isGoodEnd(reason: StoredEvent<"call.ended">["reason"]): boolean {
  return reason === "completed" || reason === "hangup-user" || reason === "hangup-bot";
}

function speech(event: StoredEvent, spoken: string): Words {
  switch (event.type) {
    case "utterance.requested":
      return { label: "to say", text: quoted(event.text), tone: "detail" };
    case "utterance.started":
      return { label: "bot", text: spoken === "" ? "speaks" : quoted(spoken), tone: "agent" };
    case "utterance.played":
      return {
        label: "said",
        text: event.proof === "carrier" ? "heard to the end" : "its time is over",
        tone: "detail",
      };
    case "utterance.cut":
      return cut(event);
    case "utterance.failed":
      return {
        label: "not said",
        text: `${withCode(event)}${spoken === "" ? "" : `: ${quoted(spoken)}`}`,
        tone: "bad",
      };
    case "listening.failed":
      return { label: "deaf", text: withCode(event), tone: "bad" };
    case "caller.spoke":
      return { label: "user", text: quoted(event.text), tone: "caller" };
    case "caller.silent":
      return { label: "silence", text: "nothing was said", tone: "detail" };
    case "caller.pressed":
      return { label: "user", text: `pressed ${event.digits}`, tone: "caller" };
    case "caller.speaking":
      return { label: "listening", text: "the caller is still speaking", tone: "detail" };
    case "caller.heard":
      return { label: "hearing", text: quoted(event.text), tone: "detail" };
    case "ask.expired":
      return { label: "no answer", text: spoken === "" ? "to the question" : `to ${quoted(spoken)}`, tone: "bad" };
    default:
      return liveAudio(event);
  }
}

function cut({ heard, byCaller, clearMs }: StoredEvent<"utterance.cut">): Words {
  const after = clearMs === undefined ? "" : `, silent ${clearMs} ms after they began`;
  const why = byCaller === true ? `by the caller${after}; ` : "";
  return {
    label: "cut",
    text: `${why}${heard === "" ? "nothing was heard" : `heard: ${quoted(heard)}`}`,
    tone: "agent",
  };
}

function liveAudio(event: StoredEvent): Words {
  switch (event.type) {
    case "line.lost":
      return { label: "line lost", text: `${event.message}; another stream is asked for`, tone: "bad" };
    case "stream.abandoned":
      return {
        label: "fallback",
        text: `${event.message}; the carrier's own voice and recogniser take over`,
        tone: "bad",
      };
    case "machine.detected":
      return { label: "detected", text: whoAnswered(event) };
    case "call.recorded":
      return { label: "recorded", text: `${event.file} (${duration(event.durationMs)})` };
    case "turn.timed":
      return { label: "timing", text: timesText(event.times), tone: "detail" };
    default:
      return answering(event);
  }
}

function whoAnswered({ who, greetingOver }: StoredEvent<"machine.detected">): string {
  if (who === "machine") return greetingOver ? "a machine, whose greeting is over" : "a machine";
  return who === "human" ? "a person" : "it is not clear whether a person or a machine has answered";
}

function answering(event: StoredEvent): Words {
  switch (event.type) {
    case "turn.offered":
      return { label: "offered", text: "the caller's words wait for a responder", tone: "detail" };
    case "turn.claimed":
      return { label: "claimed", text: `${event.responder} writes a reply`, tone: "detail" };
    case "turn.released":
      return { label: "released", text: "its responder is gone; the turn is offered again", tone: "bad" };
    case "turn.settled":
      return settled(event);
    case "farewell.requested":
      return { label: "farewell", text: `hangs up when all has been spoken (${event.reason})` };
    default:
      return machinery(event);
  }
}

function settled({ outcome, message }: StoredEvent<"turn.settled">): Words {
  const { text, tone } = outcomes[outcome];
  return { label: "settled", text: message === undefined ? text : `${text}: ${message}`, tone };
}

const outcomes: Record<StoredEvent<"turn.settled">["outcome"], { text: string; tone: Tone }> = {
  answered: { text: "the reply is complete", tone: "detail" },
  superseded: { text: "the caller spoke on, or an operator answered", tone: "detail" },
  ended: { text: "the call is over", tone: "detail" },
  late: { text: "the reply came too late", tone: "bad" },
  failed: { text: "the responder could not reply", tone: "bad" },
  unattended: { text: "no responder is connected", tone: "bad" },
  nobody: { text: "no responder took the turn", tone: "bad" },
};

function machinery(event: StoredEvent): Words {
  switch (event.type) {
    case "digits.requested":
      return { label: "to press", text: event.digits, tone: "detail" };
    case "digits.sent":
      return { label: "pressed", text: "the digits are sent", tone: "agent" };
    case "digits.failed":
      return { label: "unpressed", text: withCode(event), tone: "bad" };
    case "hangUp.requested":
      return { label: "hanging up", text: event.reason };
    case "hangUp.accepted":
      return { label: "hanging up", text: "the carrier agreed", tone: "detail" };
    case "hangUp.failed":
      return { label: "hanging up", text: `failed: ${withCode(event)}`, tone: "bad" };
    case "timer.fired":
      if (event.timer === "filler") return { label: "filler", text: "the reply takes long; the caller is told so" };
      return { label: "timer", text: event.timer, tone: "detail" };
    case "carrier.reported":
      return { label: "look-up", text: `the carrier says: ${event.leg}`, tone: "detail" };
    case "carrier.noted":
      return { label: "noted", text: event.what, tone: "detail" };
    default:
      return unknown(event);
  }
}

const envelope = ["type", "seq", "callId", "callSeq", "at", "v"];

/** An event of a newer daemon is shown as it is. */
function unknown(event: object): Words {
  const body = Object.entries(event).filter(([key]) => !envelope.includes(key));
  const label = "type" in event ? String(event.type) : "event";
  return { label, text: body.length === 0 ? "" : JSON.stringify(Object.fromEntries(body)) };
}

function withCode({ message, carrierCode }: { message: string; carrierCode?: string }): string {
  return carrierCode === undefined || message.includes(carrierCode)
    ? message
    : `${message} (carrier error ${carrierCode})`;
}
