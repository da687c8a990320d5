// A `tailscale` program that keeps its settings in the JSON file $FAKE_TS_STATE and speaks the real one's words.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";

export type FakeMode =
  | "ok"
  | "notrunning"
  | "loggedout"
  | "funnel-blocked"
  | "funnel-exit0"
  | "noperm"
  | "https-off"
  | "no-attribute"
  | "shields-up"
  | "foreground"
  | "legacy"
  | "garbage"
  | "slow";

interface FakePath {
  Proxy?: string;
  Text?: string;
}

export interface FakeConfig {
  TCP?: Record<string, { HTTPS?: boolean; TCPForward?: string }>;
  Web?: Record<string, { Handlers: Record<string, FakePath> }>;
  AllowFunnel?: Record<string, boolean>;
}

export interface FakeState {
  mode: FakeMode;
  backendState: string;
  dnsName: string;
  capMap: Record<string, null>;
  certDomains: string[] | null;
  /** How many changes fail because another client was quicker. */
  races: number;
  config: FakeConfig;
}

interface Order {
  verb: "serve" | "funnel";
  flags: Map<string, string>;
  target: string | undefined;
}

const login = "https://login.tailscale.com/f/funnel?node=nFAKE1";

function main(file: string, args: string[]): void {
  appendFileSync(`${file}.log`, `${JSON.stringify({ pid: process.pid, args })}\n`);
  const state = JSON.parse(readFileSync(file, "utf8")) as FakeState;
  const down =
    "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)";
  if (state.mode === "slow") return block();
  if (state.mode === "notrunning") return fail(down);
  if (state.mode === "garbage") return say("<html>captive portal</html>");
  const [verb, second] = args;
  if (verb === "status") return say(JSON.stringify(statusOf(state)));
  if (verb !== "serve" && verb !== "funnel") return fail(`unknown subcommand: ${verb}`);
  if (second === "status") return say(Object.keys(state.config).length === 0 ? "null" : JSON.stringify(state.config));
  change(file, state, orderOf(verb, args.slice(1)));
}

function change(file: string, state: FakeState, order: Order): void {
  const refusal = refusalOf(state, order);
  if (refusal !== undefined) return fail(refusal);
  if (state.races > 0) {
    store(file, { ...state, races: state.races - 1 });
    return fail("Another client is changing the serve config; please try again.");
  }
  if (order.target === "off") return turnOff(file, state, order);
  if (state.mode === "funnel-blocked" || state.mode === "funnel-exit0") {
    process.stdout.write(`\nFunnel is not enabled on your tailnet.\nTo enable, visit:\n\n         ${login}\n`);
    return state.mode === "funnel-blocked" ? block() : undefined;
  }
  turnOn(file, state, order);
}

function orderOf(verb: Order["verb"], args: string[]): Order {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (const arg of args) {
    const flag = /^--([a-z-]+)(?:=(.*))?$/.exec(arg);
    if (flag?.[1] === undefined) rest.push(arg);
    else flags.set(flag[1], flag[2] ?? "true");
  }
  return { verb, flags, target: rest[0] };
}

const refusals: Partial<Record<FakeMode, string>> = {
  noperm:
    "Access denied: serve config denied\n\nUse 'sudo tailscale …'.\nTo not require root, use 'sudo tailscale set --operator=$USER' once.",
  "https-off": "Funnel not available; HTTPS must be enabled. See https://tailscale.com/s/https.",
  "no-attribute": 'Funnel not available; "funnel" node attribute not set. See https://tailscale.com/s/no-funnel.',
  "shields-up": "sending serve config: updating config: Unable to turn on Funnel while shields-up is enabled",
  foreground: "error: foreground listener already exists for port 443",
  legacy: "Error: the CLI for serve and funnel has changed.\nPlease see https://tailscale.com/kb/1242/tailscale-serve",
};

function refusalOf(state: FakeState, { verb, flags, target }: Order): string | undefined {
  if (state.mode === "loggedout") return "Logged out.\nLog in at: https://login.tailscale.com/a/fake";
  const known = refusals[state.mode];
  if (known !== undefined) return known;
  const port = flags.get("https") ?? "443";
  if (verb === "funnel" && !["443", "8443", "10000"].includes(port)) {
    return `port ${port} is not allowed for funnel; allowed ports are: 443,8443,10000`;
  }
  if (!flags.has("set-path") || target === undefined)
    return "error: refusing to touch every path\n\ntry `tailscale funnel --help`";
  return target !== "off" && !flags.has("bg") ? "error: the fake has no foreground" : undefined;
}

function turnOn(file: string, state: FakeState, { verb, flags, target }: Order): void {
  const port = flags.get("https") ?? "443";
  const host = `${state.dnsName.replace(/\.$/, "")}:${port}`;
  const { config } = state;
  (config.TCP ??= {})[port] = { HTTPS: true };
  const handlers = ((config.Web ??= {})[host] ??= { Handlers: {} }).Handlers;
  handlers[flags.get("set-path") ?? "/"] = { Proxy: target ?? "" };
  if (verb === "funnel") (config.AllowFunnel ??= {})[host] = true;
  else delete config.AllowFunnel?.[host];
  store(file, state);
  say(`Available ${verb === "funnel" ? "on the internet" : "within your tailnet"}:\n\nhttps://${host}\n`);
}

function turnOff(file: string, state: FakeState, { flags }: Order): void {
  const port = flags.get("https") ?? "443";
  const host = `${state.dnsName.replace(/\.$/, "")}:${port}`;
  const handlers = state.config.Web?.[host]?.Handlers ?? {};
  const path = flags.get("set-path") ?? "/";
  if (handlers[path] === undefined)
    return fail("error: handler does not exist\n\ntry `tailscale serve --help` for usage info");
  delete handlers[path];
  if (Object.keys(handlers).length === 0) {
    delete state.config.Web?.[host];
    delete state.config.TCP?.[port];
    delete state.config.AllowFunnel?.[host];
  }
  store(file, state);
}

function statusOf(state: FakeState): object {
  return {
    Version: "1.98.1-tfake",
    BackendState: state.backendState,
    AuthURL: "",
    Self: { ID: "nFAKE1", HostName: "box", DNSName: state.dnsName, Online: true, CapMap: state.capMap },
    MagicDNSSuffix: "tail1234.ts.net",
    CertDomains: state.certDomains,
    Peer: {},
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(text: string): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

function block(): void {
  setInterval(() => undefined, 60_000);
}

const { FAKE_TS_STATE } = process.env;
if (FAKE_TS_STATE !== undefined) main(FAKE_TS_STATE, process.argv.slice(2));

/** Whole or not at all: a test may read it at any moment. */
function store(file: string, state: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
