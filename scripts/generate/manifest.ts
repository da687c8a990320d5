// openclaw.plugin.json: what OpenClaw knows of the plugin before it loads any of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConfigKey, configKey, configKeys } from "../../src/daemon/config/keys.ts";
import { legacyKeys } from "../../src/daemon/config/legacy.ts";
import type { GeneratedDocument } from "./document.ts";
import { type JsonSchema, openSchema } from "./section-schema.ts";

export const manifestDocument: GeneratedDocument = {
  file: "openclaw.plugin.json",
  render: () => `${JSON.stringify(manifest(), null, 2)}\n`,
};

interface Package {
  version: string;
  description: string;
}

const secrets = configKeys.filter(({ secret }) => secret).map(({ path }) => path);
/** Under their older names they are secrets all the same. */
const olderSecrets = legacyKeys.flatMap(([old, now]) => (configKey(now)?.secret === true ? [old] : []));

function manifest(): object {
  const packageFile = join(import.meta.dirname, "..", "..", "package.json");
  const { version, description } = JSON.parse(readFileSync(packageFile, "utf8")) as Package;
  const configSchema = openSchema();
  return {
    id: "voice-call",
    name: "Voice Call",
    description,
    version,
    categories: ["voice"],
    activation: { onStartup: true },
    contracts: { tools: ["voice_call"] },
    cliCommands: [{ name: "voicecall", description: "Make, take and watch phone calls", hasSubcommands: true }],
    skills: ["./skills"],
    configContracts: {
      dangerousFlags: [{ path: "skipSignatureVerification", equals: true }],
      secretInputs: {
        paths: [...secrets, ...olderSecrets].map((path) => ({ path, expected: "string", ownerKind: "capability" })),
      },
    },
    configGroups: groups(configSchema),
    uiHints: {
      ...Object.fromEntries(configKeys.filter(({ section }) => !section).map((key) => [key.path, hint(key)])),
      ...Object.fromEntries(
        olderSecrets.map((path) => [path, { label: labelOf(path), sensitive: true, advanced: true }]),
      ),
    },
    configSchema,
  };
}

const groupsByTitle: readonly (readonly [title: string, ...properties: string[]])[] = [
  ["Carrier", "enabled", "provider", "fromNumber", "toNumber", "twilio", "telnyx", "plivo", "mock"],
  [
    "How the carrier reaches this machine",
    "publicUrl",
    "tunnel",
    "tailscale",
    "serve",
    "webhookSecurity",
    "skipSignatureVerification",
  ],
  ["Callers", "inboundPolicy", "allowFrom", "inboundGreeting", "numbers", "unattendedAfterMs", "idle", "phrases"],
  ["Answers", "agentId", "responseModel", "responseSystemPrompt", "responseTimeoutMs", "sessionScope", "inboundTools"],
  ["Speech", "tts", "streaming", "silenceTimeoutMs", "transcriptTimeoutMs"],
  ["Our own calls", "outbound", "ringTimeoutMs"],
  ["Limits", "maxConcurrentCalls", "maxDurationSeconds", "staleCallReaperSeconds"],
];

/** What stands in no group of its own is the daemon's. */
function groups({ properties = {} }: JsonSchema): object[] {
  const named = groupsByTitle.map(([title, ...names]) => ({
    title,
    properties: names.filter((name) => Object.hasOwn(properties, name)),
  }));
  const rest = Object.keys(properties).filter((name) => !named.some((group) => group.properties.includes(name)));
  return [...named, { title: "Daemon", properties: rest }].map((group, index) => ({
    id: group.title.toLowerCase().replaceAll(" ", "-"),
    title: group.title,
    properties: group.properties,
    order: 10 * (index + 1),
  }));
}

/** What a person needs for a first real call; the rest has good defaults. */
const first: ReadonlySet<string> = new Set(
  "enabled provider fromNumber toNumber publicUrl inboundPolicy allowFrom inboundGreeting agentId responseModel twilio telnyx plivo tunnel tts streaming".split(
    " ",
  ),
);
const phoneNumbers: ReadonlySet<string> = new Set(["fromNumber", "toNumber"]);

function hint({ path, description, secret, restart, env }: ConfigKey): object {
  const [top = ""] = path.split(".");
  const notes = [
    ...(env === undefined ? [] : [`The environment variable ${env} fills it when it is absent.`]),
    ...(restart ? ["A change needs a new daemon."] : []),
  ];
  return {
    label: labelOf(path),
    help: [description, ...notes].join(" "),
    ...(secret && { sensitive: true }),
    ...(!first.has(top) && { advanced: true }),
    ...(phoneNumbers.has(path) && { presentation: "phone-number" }),
  };
}

const words: Readonly<Record<string, string>> = {
  url: "URL",
  sid: "SID",
  id: "ID",
  ips: "IPs",
  ms: "(ms)",
  api: "API",
};

/** `Twilio auth token` of `twilio.authToken`. */
function labelOf(path: string): string {
  const text = path
    .split(".")
    .filter((step) => step !== "*")
    .flatMap((step) => step.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").split(" "))
    .map((word) => words[word.toLowerCase()] ?? word.toLowerCase())
    .join(" ");
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
