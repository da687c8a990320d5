// Checks of the configured carrier's own section: the shapes of its keys, and where its orders go.
import { CallError } from "../../call/error.ts";
import type { Problem } from "../../router/context.ts";
import { readPublicKey } from "../carriers/telnyx/public-key.ts";
import { isLoopback, webAddress } from "./address.ts";
import { configProblem, keyProblem } from "./problem.ts";
import type { Settings } from "./schema.ts";

export function carrierAccount({ provider, twilio, telnyx, plivo }: Settings): Problem[] {
  switch (provider) {
    case "mock":
      return [];
    case "twilio":
      return [...twilioSid(twilio.accountSid), ...token("twilio.authToken", twilio.authToken, twilioToken)];
    case "telnyx":
      return [
        ...telnyxKey(telnyx.apiKey),
        ...token("telnyx.connectionId", telnyx.connectionId, telnyxConnection),
        ...telnyxPublicKey(telnyx.publicKey),
      ];
    case "plivo":
      return [...plivoId(plivo.authId), ...token("plivo.authToken", plivo.authToken, plivoToken)];
  }
}

const twilioToken = "copy the Auth Token from the Twilio console, or leave the key out and set TWILIO_AUTH_TOKEN";
const plivoToken = "copy the Auth Token from the Plivo console, or leave the key out and set PLIVO_AUTH_TOKEN";
const telnyxConnection =
  "copy the id of the Call Control application from the Telnyx portal (Voice > Programmable Voice)";

function twilioSid(accountSid: string | undefined): Problem[] {
  if (accountSid === undefined || /^AC[0-9a-f]{32}$/i.test(accountSid)) return [];
  const path = "twilio.accountSid";
  if (accountSid.startsWith("SK")) {
    const hint =
      "use the account's own SID (AC…) and its Auth Token: webhooks are signed with that token, which an API key cannot check";
    return [keyProblem(path, "is the SID of an API key (SK…)", hint)];
  }
  const shape = `${accountSid.length} characters${accountSid.startsWith("AC") ? "" : ", no leading AC"}`;
  return [keyProblem(path, `is not AC and 32 hex digits (${shape})`, "copy the Account SID from the Twilio console")];
}

function telnyxKey(apiKey: string | undefined): Problem[] {
  const path = "telnyx.apiKey";
  const hint = "copy an API key (v2) from the Telnyx portal, or leave the key out and set TELNYX_API_KEY";
  const unusable = token(path, apiKey, hint);
  if (apiKey === undefined || unusable.length > 0 || apiKey.startsWith("KEY")) return unusable;
  return [keyProblem(path, `does not begin with KEY (${apiKey.length} characters)`, hint)];
}

function telnyxPublicKey(publicKey: string | undefined): Problem[] {
  if (publicKey === undefined) return [];
  try {
    readPublicKey(publicKey);
    return [];
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [configProblem(error.message, error.hint)];
  }
}

function plivoId(authId: string | undefined): Problem[] {
  if (authId === undefined || /^[MS]A[0-9A-Z]{18}$/.test(authId)) return [];
  const shape = `${authId.length} characters${/^[MS]A/.test(authId) ? "" : ", no leading MA"}`;
  const wrong = `is not MA (or SA) and 18 capital letters and digits (${shape})`;
  return [keyProblem("plivo.authId", wrong, "copy the Auth ID from the Plivo console")];
}

/** A text that goes into a header as it stands. */
function token(path: string, text: string | undefined, hint: string): Problem[] {
  if (text === undefined || /^[\x21-\x7e]+$/.test(text)) return [];
  if (text === "") return [keyProblem(path, "is empty", hint)];
  return [keyProblem(path, /\s/.test(text) ? "holds spaces or line breaks" : "holds characters that no key has", hint)];
}

export function carrierAddress(settings: Settings): Problem[] {
  const { provider } = settings;
  if (provider === "mock") return [];
  const { baseUrl } = settings[provider];
  if (baseUrl === undefined) return [];
  const path = `${provider}.baseUrl`;
  const url = webAddress(baseUrl);
  if (typeof url === "string") return [keyProblem(path, url, `leave it out to use ${names[provider]} itself`)];
  if (url.protocol === "https:" || isLoopback(url)) return [];
  const secret = provider === "telnyx" ? "API key" : "Auth Token";
  const wrong = `is http, which would send the ${secret} in the clear`;
  return [keyProblem(path, wrong, "use https, or an emulator on this machine")];
}

const names = { twilio: "Twilio", telnyx: "Telnyx", plivo: "Plivo" };

/** Whether the carrier is an emulator on this machine. */
export function isEmulated(settings: Settings): boolean {
  const { provider } = settings;
  const { baseUrl } = provider === "mock" ? {} : settings[provider];
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  return url !== null && isLoopback(url);
}
