// Whether webhooks can arrive: the listener, the public URL, the way from one to the other, and what forged ones meet.
import type { Check } from "../../router/context.ts";
import { isLoopback } from "../config/address.ts";
import { isEmulated } from "../config/carrier-checks.ts";
import type { ProbeResult } from "../tunnels/probe.ts";
import { failed, ok, skipped, type Subject, warning } from "./check.ts";

const titles = ["listener", "public URL", "reachability", "signature"] as const;

export async function checkExposure(subject: Subject): Promise<Check[]> {
  const { config, calls } = subject;
  if (config.provider === "mock") return titles.map((title) => skipped(title, "the mock carrier sends no webhooks"));
  const { listening } = calls.frontDoor;
  if (listening === undefined) {
    const problems = calls.frontDoor.problems.map((problem) => failed("listener", problem));
    const [, ...rest] = titles;
    return [
      ...(problems.length > 0 ? problems : [failed("listener", { message: "nothing listens for webhooks" })]),
      ...rest.map((title) => skipped(title, "nothing listens for webhooks")),
    ];
  }
  const listener = ok("listener", `webhooks arrive at ${listening}`);
  const url = checkPublicUrl(subject);
  const { known } = calls.address;
  if (known === undefined) {
    const why = "there is no public URL";
    return [listener, url, skipped("reachability", why), await checkSignature(subject, listening, undefined)];
  }
  // An emulator finds its own way to names that nobody else knows.
  const unknown = isEmulated(config) && !isLoopback(new URL(known));
  const found = unknown ? undefined : await calls.frontDoor.probe.run(known, subject.signal);
  const through = found?.kind === "ok" ? known : listening;
  return [listener, url, reachability(known, found), await checkSignature(subject, through, known)];
}

function checkPublicUrl({ config, calls }: Subject): Check {
  const name = "public URL";
  const { address } = calls;
  const { kind, state } = address.status();
  const [problem] = address.problems;
  if (problem !== undefined) return failed(name, problem);
  const { known } = address;
  if (known === undefined) {
    const message = state === "opening" ? `the tunnel (${kind}) is still being opened` : "there is no public URL";
    const hint =
      state === "opening"
        ? "try again in a moment"
        : "set `publicUrl`, or `tunnel.provider`, or run `voicecall expose`; then restart the daemon";
    return failed(name, { message, hint });
  }
  const { pathname } = new URL(known);
  if (state !== "open" && pathname.replace(/\/$/, "") !== config.serve.path.replace(/\/$/, "")) {
    const message = `\`publicUrl\` has the path ${pathname}, and webhooks arrive at \`serve.path\` ${config.serve.path}`;
    return warning(name, message, "make both the same, unless your proxy changes the path");
  }
  return ok(name, `the carrier calls ${known}${state === "open" ? ` (${kind})` : ""}`);
}

function reachability(url: string, found: ProbeResult | undefined): Check {
  const name = "reachability";
  switch (found?.kind) {
    case undefined:
      return skipped(name, "the carrier is an emulator on this machine, which needs no way from outside");
    case "ok":
      return ok(name, `${url} leads to this daemon`);
    case "wrong-host":
      return warning(name, "the daemon refuses the host name of the public URL", found.hint);
    case "wrong-path":
      return warning(name, "the public URL leads to this daemon, but to another path", found.hint);
    case "somebody-else":
      return warning(name, `somebody else answers at the public URL (HTTP ${found.status})`, found.hint);
    case "not-reachable":
      return warning(name, `the public URL cannot be reached from here: ${found.reason}`, found.hint);
  }
}

/** A webhook with a forged signature must be refused, by us. */
async function checkSignature(
  { config, calls, signal }: Subject,
  url: string,
  known: string | undefined,
): Promise<Check> {
  const name = "signature";
  if (config.skipSignatureVerification) {
    const hint = "remove `skipSignatureVerification` when the test is over";
    return warning(name, "signatures are not checked: everybody on this machine can steer your calls", hint);
  }
  const header = calls.carriers.get(config.provider)?.webhooks?.signatureHeader;
  if (header === undefined || known === undefined)
    return skipped(name, "webhooks cannot be checked without a public URL");
  const host = new URL(known).host;
  if (await calls.frontDoor.probe.isRefused(url, { [header]: "forged", host }, signal)) {
    return ok(name, "a webhook with a forged signature was refused");
  }
  return failed(name, {
    message: "a webhook with a forged signature was not refused as it must be",
    hint: "`voicecall daemon logs` says what became of it; is the host name one of `webhookSecurity.allowedHosts`?",
  });
}
