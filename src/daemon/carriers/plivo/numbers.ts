// Phone numbers between us and Plivo, which writes E.164 without the plus sign.
import { isPhoneNumber } from "../../../call/phone-number.ts";

/** `15555550123`, as Plivo takes it. */
export function plivoNumber(e164: string): string {
  return e164.replace(/^\+/, "");
}

/** E.164 where Plivo's text is a full number; anything else (`anonymous`, a SIP address) as it is. */
export function fromPlivoNumber(text: string): string {
  const number = `+${text}`;
  return isPhoneNumber(number) ? number : text;
}
