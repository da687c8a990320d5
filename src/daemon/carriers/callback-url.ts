// The URLs that we hand to carriers that fetch documents: the public URL with a query of ours that names call and step.

/** What the carrier asks or tells when it requests a URL. */
type CallbackKind =
  /** The callee has answered; what now? */
  | "answer"
  /** An utterance without listening was spoken to its end. */
  | "said"
  /** The caller's turn is over. */
  | "turn"
  /** The line waits for orders. */
  | "hold"
  /** An order of ours sent the line here for words that wait to be said. */
  | "words"
  /** The media stream is over, or never came up; what now? */
  | "stream"
  /** Who has answered, a person or a machine; no question. */
  | "detected"
  /** A status callback, no question. */
  | "status";

export interface Callback {
  kind: CallbackKind;
  callId: string;
  turn?: string | undefined;
  utterance?: string | undefined;
  /** Different each time a URL is handed out: what is signed must differ, or the request would look like a replay. */
  step: string;
}

/** Overrides that Twilio and Plivo read in the same form: five tries, also while a killed daemon starts again. Neither signed nor sent. */
const retries = "#rc=5&rp=ct,rt,5xx";

/** `publicUrl` may hold a query, which stays in front of ours. */
export function callbackUrl(publicUrl: string, { kind, callId, turn, utterance, step }: Callback): string {
  const [url = ""] = publicUrl.split("#", 1);
  const [origin, path] = splitPath(url);
  const query = new URLSearchParams({ callId, kind });
  if (turn !== undefined) query.set("turn", turn);
  if (utterance !== undefined) query.set("utterance", utterance);
  query.set("step", step);
  return `${origin}${path}${url.includes("?") ? "&" : "?"}${query.toString()}${retries}`;
}

/** A URL without a path means the root, and is signed as such. */
function splitPath(url: string): [origin: string, rest: string] {
  const origin = /^\w+:\/\/[^/?]*/.exec(url)?.[0] ?? "";
  const rest = url.slice(origin.length);
  return [origin, rest.startsWith("/") ? rest : `/${rest}`];
}
