// The configuration that a beginner starts from: minimal, commented JSON5, with secrets as references to the environment.

export const starterProviders = ["twilio", "telnyx", "plivo", "mock"] as const;
export const starterTunnels = ["ngrok", "tailscale-funnel"] as const;

export type StarterProvider = (typeof starterProviders)[number];

export interface StarterOptions {
  provider?: StarterProvider;
  from?: string;
  publicUrl?: string;
  tunnel?: (typeof starterTunnels)[number];
  accountSid?: string;
  connectionId?: string;
  publicKey?: string;
  authId?: string;
}

export type Starter = StarterOptions & { provider: StarterProvider };

interface Key {
  option: "accountSid" | "connectionId" | "publicKey" | "authId" | undefined;
  key: string;
  variable: string;
  comment: string;
}

/** What the account's section holds. Without an option it is a secret. */
export const accountKeys: Record<StarterProvider, readonly Key[]> = {
  twilio: [
    {
      option: "accountSid",
      key: "accountSid",
      variable: "TWILIO_ACCOUNT_SID",
      comment: "Account SID, on the first page of the Twilio console.",
    },
    { option: undefined, key: "authToken", variable: "TWILIO_AUTH_TOKEN", comment: "Auth Token, beside it. A secret." },
  ],
  telnyx: [
    { option: undefined, key: "apiKey", variable: "TELNYX_API_KEY", comment: "API key of the portal. A secret." },
    {
      option: "connectionId",
      key: "connectionId",
      variable: "TELNYX_CONNECTION_ID",
      comment: "Id of the Voice API application that your number belongs to.",
    },
    {
      option: "publicKey",
      key: "publicKey",
      variable: "TELNYX_PUBLIC_KEY",
      comment: "Public key of the account: it proves that webhooks come from Telnyx.",
    },
  ],
  plivo: [
    {
      option: "authId",
      key: "authId",
      variable: "PLIVO_AUTH_ID",
      comment: "Auth ID, on the first page of the Plivo console.",
    },
    { option: undefined, key: "authToken", variable: "PLIVO_AUTH_TOKEN", comment: "Auth Token, beside it. A secret." },
  ],
  mock: [],
};

/** The environment variables that the configuration refers to. */
export function variablesOf(starter: Starter): string[] {
  const account = accountKeys[starter.provider].filter(({ option }) => !isGiven(starter, option));
  return [...account.map(({ variable }) => variable), ...(starter.tunnel === "ngrok" ? ["NGROK_AUTHTOKEN"] : [])];
}

/** A whole file. */
export function starterFile(starter: Starter): string {
  return [
    "// OpenClaw's configuration. `voicecall setup` checks it and says what is left to do.",
    "{",
    "  plugins: {",
    "    entries: {",
    ...starterEntry(starter).map((line) => `      ${line}`),
    "    },",
    "  },",
    "}",
    "",
  ].join("\n");
}

/** What stands under `plugins.entries`, line by line. */
export function starterEntry(starter: Starter): string[] {
  return [
    '"voice-call": {',
    "  config: {",
    ...[...carrierLines(starter), ...exposureLines(starter), ...inboundLines(starter), ...streamingLines(starter)].map(
      (line) => `    ${line}`,
    ),
    "  },",
    "},",
  ];
}

function carrierLines(starter: Starter): string[] {
  const { provider, from } = starter;
  return [
    `// The carrier that calls go through: ${starterProviders.join(", ")}.`,
    `provider: ${JSON.stringify(provider)},`,
    ...(from === undefined ? [] : ["// Your number at the carrier.", `fromNumber: ${JSON.stringify(from)},`]),
    ...accountLines(starter),
  ];
}

function accountLines(starter: Starter): string[] {
  const keys = accountKeys[starter.provider];
  if (keys.length === 0) return [];
  const lines = keys.flatMap(({ option, key, variable, comment }) => {
    const value = option === undefined ? undefined : starter[option];
    return [`  // ${comment}`, `  ${key}: ${JSON.stringify(value ?? `\${${variable}}`)},`];
  });
  return [
    `// The account at ${starter.provider}; \${NAME} is taken from the environment of the daemon.`,
    `${starter.provider}: {`,
    ...lines,
    "},",
  ];
}

function exposureLines({ provider, publicUrl, tunnel }: Starter): string[] {
  if (provider === "mock") return [];
  if (tunnel !== undefined) {
    const token = tunnel === "ngrok" ? ', ngrokAuthToken: "${NGROK_AUTHTOKEN}"' : "";
    return ["// Makes a public URL for the carrier's webhooks.", `tunnel: { provider: "${tunnel}"${token} },`];
  }
  const meaning = "// The https URL under which the carrier reaches http://127.0.0.1:3334/voice/webhook.";
  if (publicUrl !== undefined) return [meaning, `publicUrl: ${JSON.stringify(publicUrl)},`];
  return [
    `${meaning} Fill it in,`,
    '// or let a tunnel make one, for example with tunnel: { provider: "tailscale-funnel" }.',
    '// publicUrl: "https://voice.example.com/voice/webhook",',
  ];
}

function inboundLines({ provider }: Starter): string[] {
  return [
    "// Who may call in: disabled, allowlist (the numbers of allowFrom), pairing (by a spoken code) or open.",
    `inboundPolicy: "${provider === "mock" ? "open" : "disabled"}",`,
  ];
}

function streamingLines({ provider }: Starter): string[] {
  const ear = provider === "mock" ? "" : ', providers: { openai: { apiKey: "${OPENAI_API_KEY}" } }';
  return [
    "// Live audio over media streams: quick answers that callers can interrupt. See docs/live-audio.md.",
    `// streaming: { enabled: true${ear} },`,
  ];
}

function isGiven(starter: Starter, option: Key["option"]): boolean {
  return option !== undefined && starter[option] !== undefined;
}
