// Does the configured carrier have everything that it needs?
import type { Problem } from "../../router/context.ts";
import { configKey } from "./keys.ts";
import { keyProblem } from "./problem.ts";
import type { Config, Settings } from "./schema.ts";

/** The configuration with its carrier's needs in the type, or one problem for each key that is missing. */
export function complete(settings: Settings): Config | Problem[] {
  const { provider, fromNumber, publicUrl, twilio } = settings;
  if (provider === "mock") return { ...settings, provider };
  const { accountSid, authToken } = twilio;
  if (accountSid !== undefined && authToken !== undefined && fromNumber !== undefined && publicUrl !== undefined) {
    return { ...settings, provider, fromNumber, publicUrl, twilio: { ...twilio, accountSid, authToken } };
  }
  const needed = { "twilio.accountSid": accountSid, "twilio.authToken": authToken, fromNumber, publicUrl };
  return Object.entries(needed).flatMap(([path, value]) => (value === undefined ? [missing(path, provider)] : []));
}

function missing(path: string, provider: string): Problem {
  const { description = "", env } = configKey(path) ?? {};
  const orSet = env === undefined ? "" : ` Or set ${env}.`;
  return keyProblem(path, `is missing, and ${provider} needs it`, `${description}${orSet}`);
}
