// E.164 phone numbers: parsing, and the short form that may appear in logs.
import { CallError } from "./error.ts";

/** A full E.164 number (ITU-T E.164): `+`, a country code that does not begin with 0, 7 to 15 digits in all. */
export type PhoneNumber = `+${string}`;

const e164 = /^\+[1-9]\d{6,14}$/;

export function isPhoneNumber(text: string): text is PhoneNumber {
  return e164.test(text);
}

/**
 * Reads a number that a person typed or a file holds.
 * @throws CallError `INVALID_INPUT`, naming `what` and the number's shape but never the number.
 */
export function parsePhoneNumber(text: string, what: string): PhoneNumber {
  if (isPhoneNumber(text)) return text;
  throw new CallError("INVALID_INPUT", `${what} is not a phone number in E.164 form (${shapeOf(text)})`, {
    hint: 'write "+", the country code and the number without spaces, for example +15555550123',
  });
}

/** `…0123`: what logs, notices and errors may show of a number. */
export function shortNumber(number: string): string {
  return number.length > 4 ? `…${number.slice(-4)}` : "…";
}

function shapeOf(text: string): string {
  if (text === "") return "it is empty";
  if (!text.startsWith("+")) return `${text.length} characters, no leading "+"`;
  if (/[^\d+]/.test(text)) return "it holds characters other than digits";
  return `${text.length - 1} digits after the "+"; 7 to 15 are possible, the first not 0`;
}
