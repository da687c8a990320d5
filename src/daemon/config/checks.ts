// Checks across keys: what each carrier needs, and what must not go together.
import { CallError } from "../../call/error.ts";
import { parsePhoneNumber } from "../../call/phone-number.ts";
import type { Problem } from "../../router/context.ts";
import { isPrivate, webAddress } from "./address.ts";
import { carrierAccount, carrierAddress, isEmulated } from "./carrier-checks.ts";
import { configProblem, keyProblem } from "./problem.ts";
import type { Settings } from "./schema.ts";
import { tunnelProblems } from "./tunnel-checks.ts";

type Check = (settings: Settings) => Problem[];

const checks: readonly Check[] = [
  phoneNumbers,
  carrierAccount,
  carrierAddress,
  publicUrl,
  tunnelProblems,
  forwardingHeaders,
  signatures,
];

export function checkAcrossKeys(settings: Settings): Problem[] {
  return checks.flatMap((check) => check(settings));
}

function phoneNumbers({ fromNumber, toNumber, allowFrom, numbers }: Settings): Problem[] {
  const places = [
    ["`fromNumber`", fromNumber],
    ["`toNumber`", toNumber],
    ...allowFrom.map((number, index) => [`\`allowFrom[${index}]\``, number] as const),
    ...Object.keys(numbers).map((number, index) => [`key ${index + 1} of \`numbers\``, number] as const),
  ] as const;
  return places.flatMap(([place, number]) => (number === undefined ? [] : phoneNumber(place, number)));
}

function phoneNumber(place: string, number: string): Problem[] {
  try {
    parsePhoneNumber(number, place);
    return [];
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [configProblem(error.message, error.hint)];
  }
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

/** Anybody can write such a header: only a known proxy's may count, and only for a name that is ours. */
function forwardingHeaders({ webhookSecurity }: Settings): Problem[] {
  const { trustForwardingHeaders, allowedHosts, trustedProxyIPs } = webhookSecurity;
  const lacking = [
    ...(allowedHosts.length === 0 ? ["`webhookSecurity.allowedHosts`"] : []),
    ...(trustedProxyIPs.length === 0 ? ["`webhookSecurity.trustedProxyIPs`"] : []),
  ];
  if (!trustForwardingHeaders || lacking.length === 0) return [];
  const hint = `fill ${lacking.join(" and ")}, or remove it: with \`publicUrl\` no header is needed`;
  return [keyProblem("webhookSecurity.trustForwardingHeaders", "would believe what anybody can write", hint)];
}

function signatures(settings: Settings): Problem[] {
  if (!settings.skipSignatureVerification || settings.provider === "mock" || isEmulated(settings)) return [];
  const hint = `remove it, or point \`${settings.provider}.baseUrl\` at an emulator on this machine`;
  return [keyProblem("skipSignatureVerification", "would let everybody on the Internet steer your calls", hint)];
}
