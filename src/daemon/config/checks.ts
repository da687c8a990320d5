// Checks across keys: what each carrier needs, and what must not go together.
import { CallError } from "../../call/error.ts";
import { parsePhoneNumber } from "../../call/phone-number.ts";
import type { Problem } from "../../router/context.ts";
import { isLoopback, isPrivate } from "./address.ts";
import { configProblem, keyProblem } from "./problem.ts";
import type { Settings } from "./schema.ts";

type Check = (settings: Settings) => Problem[];

const checks: readonly Check[] = [phoneNumbers, twilioAccount, twilioAddress, publicUrl, signatures];

export function checkAcrossKeys(settings: Settings): Problem[] {
  return checks.flatMap((check) => check(settings));
}

function phoneNumbers({ fromNumber, toNumber, allowFrom }: Settings): Problem[] {
  const numbers = [
    ["fromNumber", fromNumber],
    ["toNumber", toNumber],
    ...allowFrom.map((number, index) => [`allowFrom[${index}]`, number] as const),
  ] as const;
  return numbers.flatMap(([path, number]) => (number === undefined ? [] : phoneNumber(path, number)));
}

function phoneNumber(path: string, number: string): Problem[] {
  try {
    parsePhoneNumber(number, `\`${path}\``);
    return [];
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [configProblem(error.message, error.hint)];
  }
}

function twilioAccount({ provider, twilio: { accountSid, authToken } }: Settings): Problem[] {
  if (provider !== "twilio") return [];
  const problems: Problem[] = [];
  if (accountSid?.startsWith("SK") === true) {
    const hint =
      "use the account's own SID (AC…) and its Auth Token: webhooks are signed with that token, which an API key cannot check";
    problems.push(keyProblem("twilio.accountSid", "is the SID of an API key (SK…)", hint));
  } else if (accountSid !== undefined && !/^AC[0-9a-f]{32}$/i.test(accountSid)) {
    const shape = `${accountSid.length} characters${accountSid.startsWith("AC") ? "" : ", no leading AC"}`;
    problems.push(
      keyProblem(
        "twilio.accountSid",
        `is not AC and 32 hex digits (${shape})`,
        "copy the Account SID from the Twilio console",
      ),
    );
  }
  if (authToken !== undefined && !/^\S+$/.test(authToken)) {
    const shape = authToken === "" ? "is empty" : "holds spaces or line breaks";
    problems.push(
      keyProblem(
        "twilio.authToken",
        shape,
        "copy the Auth Token from the Twilio console, or leave the key out and set TWILIO_AUTH_TOKEN",
      ),
    );
  }
  return problems;
}

function twilioAddress({ provider, twilio: { baseUrl } }: Settings): Problem[] {
  if (provider !== "twilio" || baseUrl === undefined) return [];
  const url = webAddress(baseUrl);
  if (typeof url === "string") return [keyProblem("twilio.baseUrl", url, "leave it out to use Twilio itself")];
  if (url.protocol === "https:" || isLoopback(url)) return [];
  return [
    keyProblem(
      "twilio.baseUrl",
      "is http, which would send the Auth Token in the clear",
      "use https, or an emulator on this machine",
    ),
  ];
}

function publicUrl(settings: Settings): Problem[] {
  if (settings.publicUrl === undefined) return [];
  const url = webAddress(settings.publicUrl);
  if (typeof url === "string")
    return [
      keyProblem(
        "publicUrl",
        url,
        "write it as the carrier calls it, for example https://voice.example.com/voice/webhook",
      ),
    ];
  if (settings.provider === "mock" || isEmulated(settings)) return [];
  const problems: Problem[] = [];
  if (url.protocol !== "https:")
    problems.push(
      keyProblem(
        "publicUrl",
        "is http, where a carrier needs https",
        "put a tunnel or a reverse proxy with a certificate before the daemon",
      ),
    );
  if (isPrivate(url)) {
    problems.push(
      keyProblem(
        "publicUrl",
        "leads to this machine or a private network, where the carrier cannot reach it",
        "use the URL of a tunnel or a public server",
      ),
    );
  }
  return problems;
}

function signatures(settings: Settings): Problem[] {
  if (!settings.skipSignatureVerification || settings.provider === "mock" || isEmulated(settings)) return [];
  const hint = `remove it, or point \`${settings.provider}.baseUrl\` at an emulator on this machine`;
  return [keyProblem("skipSignatureVerification", "would let everybody on the Internet steer your calls", hint)];
}

/** Whether the carrier is an emulator on this machine. */
function isEmulated({ provider, twilio: { baseUrl } }: Settings): boolean {
  const url = provider === "twilio" && baseUrl !== undefined ? URL.parse(baseUrl) : null;
  return url !== null && isLoopback(url);
}

/** The URL, or what is wrong with it. */
function webAddress(text: string): URL | string {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text)) return "is not a URL that begins with https:// or http://";
  if (/\s/.test(text)) return "holds spaces or line breaks";
  if (url.username !== "" || url.password !== "") return "holds a user name or password";
  return text.includes("#") ? "holds a fragment (`#…`)" : url;
}
