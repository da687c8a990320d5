// What a speech service says when it will not speak, as an error that a person can act on.
import { CallError } from "../../../call/error.ts";

/** Who was asked, and what must not come back in its words. */
export interface Order {
  /** `openai`, `elevenlabs`, … */
  service: string;
  /** Where it is configured: `tts.openai`. */
  settings: string;
  apiKey: string | undefined;
  text: string;
}

export interface Refusal {
  error: CallError;
  /** The same order may succeed a moment later. */
  transient: boolean;
}

/** So much of the text in an answer is an echo of it. */
const echoLength = 16;
const longestWords = 200;

export function refusalOf(order: Order, status: number, body: string): Refusal {
  const said = saidIn(body);
  const exhausted = /quota|credit|billing|payment/i.test(said.codes.join(" ")) || status === 402;
  const details = [...said.codes, ...safeWords(said.message, order)];
  const words = details.length === 0 ? "" : ` (${details.join(": ")})`;
  return {
    error: new CallError("SPEECH_FAILED", `${order.service} refused to speak: HTTP ${status}${words}`, {
      hint: exhausted ? `the account at ${order.service} has nothing left: top it up` : hintFor(status, order),
    }),
    transient: !exhausted && (status === 408 || status === 409 || status === 429 || status >= 500),
  };
}

/** An error that came in place of audio, or audio of a kind that was not asked for. */
export function notAudio({ service, settings }: Pick<Order, "service" | "settings">, what: string): CallError {
  return new CallError("SPEECH_FAILED", `${service} answered with ${what} in place of speech`, {
    hint: `check the baseUrl of ${settings}: what answers there does not stream PCM`,
  });
}

export function silent(service: string, what: string): CallError {
  return new CallError("SPEECH_FAILED", `${service} ${what}`);
}

export function unreachable(service: string, cause: unknown): CallError {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "no answer";
  const unknownHost = code === "ENOTFOUND" || code === "ECONNREFUSED" || code.startsWith("ERR_TLS");
  return new CallError("SPEECH_FAILED", `${service} cannot be reached: ${code}`, {
    hint: unknownHost ? "check its baseUrl and the network of this machine" : undefined,
  });
}

function hintFor(status: number, { service, settings }: Order): string | undefined {
  if (status === 401 || status === 403) return `check ${settings}.apiKey: ${service} does not accept it`;
  if (status === 404 || status < 400) return `check the model, the voice and the baseUrl of ${settings}`;
  if (status === 400 || status === 422) return `check the model and the voice of ${settings}`;
  if (status === 429) return `${service} limits how much may be spoken at once: fewer calls, or a larger plan`;
  return undefined;
}

interface Said {
  codes: string[];
  message: string;
}

/** OpenAI: `{error:{code,type,message}}`; ElevenLabs: `{detail:{status,message}}`; others: `{detail:"…"}`. */
function saidIn(body: string): Said {
  const answer = fieldsOf(parsed(body));
  const inner = answer["error"] ?? answer["detail"] ?? answer;
  const fields = fieldsOf(inner);
  const codes = [fields["code"], fields["status"], fields["type"]].filter(isCode).slice(0, 1);
  const message = typeof inner === "string" ? inner : fields["message"];
  return { codes, message: typeof message === "string" ? message : "" };
}

function safeWords(message: string, { apiKey, text }: Order): string[] {
  // Services show a part of a refused key, with stars for the rest.
  const words = (apiKey ? message.replaceAll(apiKey, "…") : message)
    .replaceAll(/\S*\*{2,}\S*/g, "…")
    .replaceAll(/\s+/g, " ")
    .trim();
  return words === "" || words.length > longestWords || echoes(words, text) ? [] : [words];
}

function echoes(words: string, text: string): boolean {
  for (let at = 0; at === 0 || at + echoLength <= text.length; at++)
    if (words.includes(text.slice(at, at + echoLength))) return true;
  return false;
}

function isCode(value: unknown): value is string {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
