// What the operations take: each field once, for the checks of orders from outside and for the schema that a model reads.
import { CallError } from "../call/error.ts";

interface Field {
  /** For a model and for whoever reads the schema. */
  description: string;
  maxLength: number;
  pattern?: RegExp;
  choices?: readonly string[];
}

export const fields = {
  to: { description: "Whom to call: a full number like +15555550123. Left out: the configured number.", maxLength: 32 },
  message: { description: "What to say, in plain spoken words: no markup, no lists, no links.", maxLength: 8000 },
  mode: {
    description:
      '"notify" says the message and hangs up; "conversation" stays on the line, so that you can ask and hear answers. Left out: as configured.',
    maxLength: 20,
    choices: ["notify", "conversation"],
  },
  dtmfSequence: {
    description:
      "Keys to press right after the answer, such as a meeting's code: 0-9 * # A-D; w waits half a second, W one.",
    maxLength: 100,
    pattern: /^[0-9*#ABCDwW]+$/,
  },
  callId: { description: "The call, as `initiate_call` named it.", maxLength: 400 },
  digits: {
    description: "Keys to press on a live call: 0-9 * # A-D; w waits half a second, W one.",
    maxLength: 100,
    pattern: /^[0-9*#ABCDwW]+$/,
  },
  operationId: { description: "What `voicecall.continue` or `voicecall.continue.start` gave.", maxLength: 1200 },
  agentId: { description: "The agent that answers on this call.", maxLength: 200 },
  sessionKey: { description: "The session that the call's words belong to.", maxLength: 400 },
  requesterSessionKey: { description: "The session that is told when the call has ended.", maxLength: 400 },
  requestId: { description: "The same id with the same content never dials or speaks twice.", maxLength: 200 },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;

export interface Shape<R extends FieldName, O extends FieldName> {
  required: readonly R[];
  optional: readonly O[];
  /** Sent by some clients, and without a meaning here. */
  ignored?: readonly string[];
}

export type Given<R extends FieldName, O extends FieldName> = Readonly<Record<R, string> & Partial<Record<O, string>>>;

/**
 * The fields that were given, nothing else.
 * @throws CallError `INVALID_INPUT` naming the field and its shape, never its content.
 */
export function checked<R extends FieldName, O extends FieldName>(
  given: unknown,
  { required, optional, ignored = [] }: Shape<R, O>,
): Given<R, O> {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw wrong(`the parameters must be an object, not ${shapeOf(given)}`);
  const known: readonly string[] = [...required, ...optional];
  const entries = Object.entries(given).filter(([name, value]) => value !== undefined && !ignored.includes(name));
  const stranger = entries.find(([name]) => !known.includes(name));
  if (stranger !== undefined) throw unknownField(stranger[0], known);
  const texts = Object.fromEntries(entries.map(([name, value]) => [name, textOf(name, value)]));
  const missing = required.find((name) => !Object.hasOwn(texts, name));
  if (missing !== undefined) throw wrong(`${missing} is missing: ${fields[missing].description}`);
  if (!isGiven<R, O>(texts, required)) throw wrong("the parameters are not complete");
  return texts;
}

function isGiven<R extends FieldName, O extends FieldName>(
  texts: Record<string, string>,
  required: readonly R[],
): texts is Record<R, string> & Partial<Record<O, string>> {
  return required.every((name) => Object.hasOwn(texts, name));
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(`${name} must be text, not ${shapeOf(value)}`);
  const field: Field | undefined = isFieldName(name) ? fields[name] : undefined;
  if (value.trim() === "") throw wrong(`${name} is empty`);
  if (field === undefined) return value;
  if (value.length > field.maxLength)
    throw wrong(`${name} has ${value.length} characters; at most ${field.maxLength} are possible`);
  if (field.choices?.includes(value) === false)
    throw wrong(`${name} must be ${field.choices.map((choice) => `"${choice}"`).join(" or ")}`);
  if (field.pattern?.test(value) === false)
    throw wrong(`${name} has characters that it cannot have`, field.description);
  return value;
}

function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(fields, name);
}

function unknownField(name: string, known: readonly string[]): CallError {
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  return wrong(
    `there is no parameter ${JSON.stringify(shown)}`,
    known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`,
  );
}

function shapeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function wrong(message: string, hint?: string): CallError {
  return new CallError("INVALID_INPUT", message, { hint });
}
