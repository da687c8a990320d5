// Does the configured carrier have everything that it needs?
import type { Problem } from "../../router/context.ts";
import { isOwn } from "./environment.ts";
import { configKey } from "./keys.ts";
import { keyProblem } from "./problem.ts";
import type { Config, Settings } from "./schema.ts";
import { hasTunnel } from "./tunnel-checks.ts";

/** The configuration with its carrier's needs in the type, or one problem for each key that is missing. */
export function complete(settings: Settings): Config | Problem[] {
  if (settings.publicUrl === undefined && settings.provider !== "mock" && !hasTunnel(settings)) {
    const account = completeAccount(settings);
    return [...(Array.isArray(account) ? account : []), missing("publicUrl", settings.provider)];
  }
  return completeAccount(settings);
}

function completeAccount(settings: Settings): Config | Problem[] {
  const { provider, fromNumber, twilio, telnyx, plivo } = settings;
  switch (provider) {
    case "mock":
      return { ...settings, provider };
    case "twilio": {
      const { accountSid, authToken } = twilio;
      return accountSid !== undefined && authToken !== undefined && fromNumber !== undefined
        ? { ...settings, provider, fromNumber, twilio: { ...twilio, accountSid, authToken } }
        : missingOf(provider, { accountSid, authToken }, fromNumber);
    }
    case "telnyx": {
      const { apiKey, connectionId, publicKey } = telnyx;
      return apiKey !== undefined && connectionId !== undefined && publicKey !== undefined && fromNumber !== undefined
        ? { ...settings, provider, fromNumber, telnyx: { ...telnyx, apiKey, connectionId, publicKey } }
        : missingOf(provider, { apiKey, connectionId, publicKey }, fromNumber);
    }
    case "plivo": {
      const { authId, authToken } = plivo;
      return authId !== undefined && authToken !== undefined && fromNumber !== undefined
        ? { ...settings, provider, fromNumber, plivo: { ...plivo, authId, authToken } }
        : missingOf(provider, { authId, authToken }, fromNumber);
    }
  }
}

function missingOf(
  provider: string,
  account: Record<string, string | undefined>,
  fromNumber: string | undefined,
): Problem[] {
  const problems = Object.entries(account).flatMap(([name, value]) =>
    value === undefined ? [missing(`${provider}.${name}`, provider)] : [],
  );
  return fromNumber === undefined ? [...problems, missing("fromNumber", provider)] : problems;
}

function missing(path: string, provider: string): Problem {
  const { description = "", env } = configKey(path) ?? {};
  const orSet = env === undefined || !isOwn(env, provider) ? "" : ` Or set ${env}.`;
  return keyProblem(path, `is missing, and ${provider} needs it`, `${description}${orSet}`);
}
