// What Telnyx carries for us from command to webhook: our call id and, for speech, which utterance it is.
import { fieldsOf, parseFields, textOf } from "../json-fields.ts";

export interface ClientState {
  callId: string;
  /** Set from the first words on, so it also proves that the leg was answered. */
  utterance?: SpokenPart | undefined;
}

/** One command of an utterance; a long text takes several. */
export interface SpokenPart {
  utteranceId: string;
  first: boolean;
  last: boolean;
}

/** Telnyx refuses a state that is not base64 (error 90017). */
export function encodeClientState({ callId, utterance }: ClientState): string {
  return Buffer.from(JSON.stringify({ callId, ...(utterance !== undefined && { utterance }) })).toString("base64");
}

/** Undefined for a state that is absent or not of our making. */
export function decodeClientState(state: unknown): ClientState | undefined {
  const members = parseFields(Buffer.from(textOf(state) ?? "", "base64").toString());
  const callId = textOf(members?.["callId"]);
  if (callId === undefined) return undefined;
  return { callId, utterance: spokenPart(members?.["utterance"]) };
}

function spokenPart(value: unknown): SpokenPart | undefined {
  const members = fieldsOf(value);
  const utteranceId = textOf(members?.["utteranceId"]);
  if (utteranceId === undefined) return undefined;
  return { utteranceId, first: members?.["first"] === true, last: members?.["last"] === true };
}
