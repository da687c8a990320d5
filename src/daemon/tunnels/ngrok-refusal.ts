// What ngrok's errors mean and what to do about them (https://ngrok.com/docs/errors).
import { CallError } from "../../call/error.ts";
import { tunnelFailure } from "./failure.ts";

const token =
  "copy the authtoken from https://dashboard.ngrok.com/get-started/your-authtoken into `tunnel.ngrokAuthToken`";

/** By the number after `ERR_NGROK_`. */
const refusals: ReadonlyMap<string, { message: string; hint: string; setting: boolean }> = new Map([
  ["105", { message: "ngrok does not know the shape of this authtoken", hint: token, setting: true }],
  [
    "107",
    { message: "ngrok refused the authtoken: it was reset, revoked or copied in part", hint: token, setting: true },
  ],
  ["4018", { message: "ngrok wants an authtoken of a verified account", hint: token, setting: true }],
  [
    "108",
    {
      message: "the ngrok account has another agent running, and its plan allows no more",
      hint: "end the other one at https://dashboard.ngrok.com/agents (or `ngrok` on another machine), then try again",
      setting: false,
    },
  ],
  [
    "334",
    {
      message: "the ngrok domain is in use by another tunnel",
      hint: "end the other tunnel at https://dashboard.ngrok.com/endpoints, or set another `tunnel.ngrokDomain`",
      setting: false,
    },
  ],
  [
    "3004",
    {
      message: "ngrok does not accept the domain",
      hint: "set `tunnel.ngrokDomain` to a domain listed at https://dashboard.ngrok.com/domains, or remove it",
      setting: true,
    },
  ],
]);

/** What `forward()` rejected with, without the authtoken in any shape. */
export function ngrokRefusal(error: unknown, authToken: string): CallError {
  const text = error instanceof Error ? error.message : String(error);
  const code = errorCode(error) ?? /ERR_NGROK_(\d+)/.exec(text)?.[1];
  const known = code === undefined ? undefined : refusals.get(code);
  if (known !== undefined) {
    const message = `${known.message} (ERR_NGROK_${code})`;
    return known.setting
      ? new CallError("CONFIG_INVALID", message, { hint: known.hint })
      : tunnelFailure(message, known.hint);
  }
  if (code !== undefined) {
    const hint = `see https://ngrok.com/docs/errors/err_ngrok_${code}`;
    return tunnelFailure(`ngrok refused the tunnel (ERR_NGROK_${code}): ${firstLine(text, authToken)}`, hint);
  }
  if (/failed to connect session|tcp connection|dns|resolve/i.test(text)) {
    const hint = "check the network: the daemon must reach connect.ngrok-agent.com:443";
    return tunnelFailure(`ngrok cannot be reached: ${firstLine(text, authToken)}`, hint);
  }
  return tunnelFailure(
    `ngrok did not open the tunnel: ${firstLine(text, authToken)}`,
    "try again; see https://status.ngrok.com",
  );
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("errorCode" in error)) return undefined;
  return /^ERR_NGROK_(\d+)$/.exec(String(error.errorCode))?.[1];
}

function firstLine(text: string, authToken: string): string {
  const shapes = [authToken, encodeURIComponent(authToken)].filter((shape) => shape !== "");
  const clean = shapes.reduce((rest, shape) => rest.replaceAll(shape, "<authtoken>"), text);
  return clean.split("\n", 1).join("").slice(0, 200);
}
