// What the texts of a failed `tailscale` command mean and what to do about them.
import { CallError } from "../../call/error.ts";
import { tunnelFailure } from "./failure.ts";

interface Refusal {
  text: RegExp;
  message: string;
  hint: string;
}

const refusals: readonly Refusal[] = [
  {
    text: /failed to connect to local tailscale|is tailscaled running|not running\? Error/i,
    message: "the Tailscale daemon is not running",
    hint: "start it: `sudo systemctl start tailscaled` on Linux, the Tailscale app elsewhere",
  },
  {
    text: /logged out|log in at:|needs login/i,
    message: "Tailscale is not logged in on this machine",
    hint: "run `tailscale up`",
  },
  { text: /tailscale is stopped/i, message: "Tailscale is stopped on this machine", hint: "run `tailscale up`" },
  {
    text: /not yet approved/i,
    message: "this machine waits for approval in the tailnet",
    hint: "approve it at https://login.tailscale.com/admin/machines",
  },
  {
    text: /https must be enabled/i,
    message: "HTTPS is off in this tailnet",
    hint: "turn on HTTPS Certificates at https://login.tailscale.com/admin/dns",
  },
  {
    text: /"funnel" node attribute not set/i,
    message: "Funnel is not allowed for this machine",
    hint: "add the `funnel` node attribute to the tailnet's policy: https://tailscale.com/s/no-funnel",
  },
  {
    text: /access denied/i,
    message: "Tailscale does not let this user change what is served",
    hint: "run `sudo tailscale set --operator=$USER` once",
  },
  {
    text: /shields-up/i,
    message: "Funnel cannot be used while shields are up",
    hint: "run `tailscale set --shields-up=false`",
  },
  {
    text: /foreground listener already exists|is already serving|already serving tcp/i,
    message: "another program uses this port of Tailscale",
    hint: "see `tailscale serve status`; end it, or set `tailscale.port` to another of 443, 8443 and 10000",
  },
  { text: raceText(), message: "other programs keep changing what Tailscale serves", hint: "try again in a moment" },
  {
    text: /the cli for serve and funnel has changed|flag provided but not defined|unknown flag/i,
    message: "the `tailscale` command is of another generation than this version knows",
    hint: "update Tailscale to 1.56 or newer",
  },
];

function raceText(): RegExp {
  return /another client is changing the serve config/i;
}

export function isRace(text: string): boolean {
  return raceText().test(text);
}

/** Taking down what is not there. */
export function isAbsent(text: string): boolean {
  return /handler does not exist/i.test(text);
}

/** The page at which the account's owner must turn something on; the sentences around it come from Tailscale's server. */
export function loginPage(text: string): string | undefined {
  return /https:\/\/login\.tailscale\.com\/\S+/.exec(text)?.[0];
}

/** @param output both streams of a command that ended with an error. */
export function tailscaleRefusal(output: string): CallError {
  const port = /port (\d+) is not allowed for funnel; allowed ports are: ([\d,-]+)/i.exec(output);
  if (port !== null) {
    return new CallError("CONFIG_INVALID", `Funnel does not allow port ${port[1]}`, {
      hint: `set \`tailscale.port\` to one of ${port[2]}`,
    });
  }
  const known = refusals.find(({ text }) => text.test(output));
  if (known !== undefined) return tunnelFailure(known.message, known.hint);
  const page = loginPage(output);
  if (page !== undefined) return mustAllow(page);
  const line = output.split("\n").find((text) => text.trim() !== "") ?? "it said nothing";
  return tunnelFailure(
    `tailscale failed: ${line.trim().slice(0, 200)}`,
    "see `tailscale status` and `tailscale serve status`",
  );
}

export function mustAllow(page: string): CallError {
  return tunnelFailure(
    "Tailscale wants this to be turned on for your tailnet first",
    `turn it on at ${page}, then try again`,
  );
}
