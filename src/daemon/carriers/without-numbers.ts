// Messages of carriers, which often repeat the number that was called.
import { shortNumber } from "../../call/phone-number.ts";

/** The message with every phone number cut down to its last digits. */
export function withoutNumbers(message: string): string {
  return message.replace(/\+\d(?:[\s().-]*\d){6,}|(?<![0-9A-Za-z])\d{7,}/g, (number) => shortNumber(number));
}
