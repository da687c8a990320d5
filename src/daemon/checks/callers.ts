// Who may call in, who answers them, and what the carrier's console must be told for that.
import { shortNumber } from "../../call/phone-number.ts";
import type { Check } from "../../router/context.ts";
import type { Config } from "../config/schema.ts";
import { ok, skipped, type Subject, warning } from "./check.ts";

export function checkNumbers({ provider, fromNumber, toNumber, numbers }: Config): Check {
  const lines = Object.keys(numbers).length;
  const parts = [
    fromNumber === undefined ? "calls go out from a number of fiction" : `calls go out from ${shortNumber(fromNumber)}`,
    ...(toNumber === undefined ? [] : [`to ${shortNumber(toNumber)} when an order names none`]),
    ...(lines === 0 ? [] : [`${lines} dialled ${lines === 1 ? "number has" : "numbers have"} settings of their own`]),
  ];
  const message = parts.join(", ");
  return ok("numbers", provider === "mock" ? message : `${message}; it must be a number of your ${provider} account`);
}

export function checkInbound({ config, calls }: Subject): Check {
  const { known } = calls.address;
  const check = policy(config);
  if (config.inboundPolicy === "disabled" || config.provider === "mock" || known === undefined) return check;
  return { ...check, paste: pasteFor(config.provider, known) };
}

function policy({ inboundPolicy, allowFrom }: Config): Check {
  const name = "inbound";
  const count = `${allowFrom.length} ${allowFrom.length === 1 ? "number" : "numbers"}`;
  switch (inboundPolicy) {
    case "disabled":
      return {
        ...ok(name, "callers are refused (`inboundPolicy` is disabled); calls go out only"),
        hint: "to be called, set `inboundPolicy` to allowlist, pairing or open",
      };
    case "allowlist":
      if (allowFrom.length > 0) return ok(name, `${count} of \`allowFrom\` may call in, all others are refused`);
      return warning(
        name,
        "every caller is refused: `inboundPolicy` is allowlist, and `allowFrom` is empty",
        'add numbers in E.164 form to `allowFrom`, for example "+15555550123"',
      );
    case "pairing":
      return ok(name, `${count} of \`allowFrom\` may call in; others hear a code to confirm with \`voicecall pair\``);
    case "open":
      return ok(name, "everybody may call in");
  }
}

/** Where each carrier's console asks for our URL. */
function pasteFor(provider: "twilio" | "telnyx" | "plivo", url: string): { where: string; value: string }[] {
  switch (provider) {
    case "twilio": {
      const page = "Twilio Console > Phone Numbers > Active numbers > your number > Voice Configuration";
      const status = `${url}${url.includes("?") ? "&" : "?"}type=status`;
      return [
        { where: `${page} > A call comes in: Webhook, HTTP POST`, value: url },
        { where: `${page} > Call status changes: HTTP POST`, value: status },
      ];
    }
    case "telnyx":
      return [
        {
          where: "Telnyx Portal > Voice > Programmable Voice > your application > Webhook URL (API v2)",
          value: url,
        },
      ];
    case "plivo": {
      const page = "Plivo Console > Voice > Applications > XML > your application";
      return [
        { where: `${page} > Answer URL: POST`, value: url },
        { where: `${page} > Hangup URL: POST`, value: url },
      ];
    }
  }
}

export function checkResponder({ config, calls }: Subject): Check {
  const name = "responder";
  const { responders } = calls.turns;
  if (responders > 0) return ok(name, `${responders} ${responders === 1 ? "is" : "are"} connected`);
  if (config.inboundPolicy === "disabled") return skipped(name, "none is connected; calls that go out need none");
  return warning(
    name,
    "nobody is connected to answer callers: they hear an apology and the call ends",
    "run a responder, for example `node examples/answer.ts`",
  );
}
