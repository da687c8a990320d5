import { expect, test } from "vitest";
import { load, twilioSection, wrong } from "./fixture.ts";

const shapes: [string, unknown, string][] = [
  [
    "text for a number",
    { serve: { port: "3334" } },
    "`serve.port` is a text, where a number is needed -> Port on this machine where webhooks arrive; 0 takes a free one.",
  ],
  [
    "port too high",
    { serve: { port: 65_536 } },
    "`serve.port` must be at most 65535 -> Port on this machine where webhooks arrive; 0 takes a free one.",
  ],
  [
    "negative port",
    { serve: { port: -1 } },
    "`serve.port` must be at least 0 -> Port on this machine where webhooks arrive; 0 takes a free one.",
  ],
  [
    "half a port",
    { serve: { port: 1.5 } },
    "`serve.port` is a number, where a whole number is needed -> Port on this machine where webhooks arrive; 0 takes a free one.",
  ],
  [
    "ringing for ever",
    { ringTimeoutMs: 600_001 },
    "`ringTimeoutMs` must be at most 600000 -> Milliseconds that a call may ring before it is given up.",
  ],
  [
    "a call of a day",
    { maxDurationSeconds: 86_400 },
    "`maxDurationSeconds` must be at most 14400 -> Seconds after which a call is ended, whatever happens in it.",
  ],
  [
    "null",
    { enabled: null },
    "`enabled` is null, where true or false is needed -> Whether calls are placed and taken at all.",
  ],
  [
    "text for a list",
    { allowFrom: "+15555550123" },
    "`allowFrom` is a text, where a list is needed -> Numbers in E.164 form that may call in under `allowlist` and `pairing`.",
  ],
  [
    "number in a list",
    { allowFrom: [15_555_550_123] },
    "`allowFrom[0]` is a number, where a text is needed -> Numbers in E.164 form that may call in under `allowlist` and `pairing`.",
  ],
  [
    "no section",
    { serve: [] },
    "`serve` is a list, where an object is needed -> Where webhooks arrive on this machine.",
  ],
  [
    "mode",
    { outbound: { defaultMode: "shout" } },
    '`outbound.defaultMode` must be "notify" or "conversation" -> What a call does when its order names no mode: `notify` says its message and hangs up, `conversation` stays on the line.',
  ],
  [
    "carrier",
    { provider: "acme" },
    '`provider` must be "twilio", "telnyx", "plivo" or "mock" -> The carrier that calls go through; `mock` plays the other side itself and costs nothing.',
  ],
  [
    "policy",
    { inboundPolicy: "friends" },
    '`inboundPolicy` must be "disabled", "allowlist", "pairing" or "open" -> Who may call in: nobody, the numbers of `allowFrom`, these and callers whose spoken code the owner confirmed, or everybody.',
  ],
  [
    "session scope",
    { sessionScope: "per-day" },
    '`sessionScope` must be "per-phone", "per-call" or "main" -> Which calls share one conversation: all with the same other number, none, or all with the agent\'s main session.',
  ],
  [
    "an answer in no time",
    { responseTimeoutMs: 999 },
    "`responseTimeoutMs` must be at least 1000 -> Milliseconds that an answer to a caller may take, from the end of the caller's turn.",
  ],
  [
    "an answer in no time, for one number",
    { numbers: { "+15555550101": { responseTimeoutMs: 999 } } },
    "`numbers.…0101.responseTimeoutMs` must be at least 1000 -> Milliseconds that an answer to a caller of this number may take.",
  ],
  [
    "text for a number's section",
    { numbers: { "+15555550101": "Hello" } },
    "`numbers.…0101` is a text, where an object is needed -> One dialled number; what it leaves out is as for all.",
  ],
  [
    "list of numbers",
    { numbers: ["+15555550101"] },
    "`numbers` is a list, where an object is needed -> What differs for calls to one of our numbers, by the dialled number in E.164 form.",
  ],
  [
    "empty agent",
    { agentId: "" },
    "`agentId` must not be empty -> Agent that answers, where it is not the host's default one.",
  ],
  [
    "waiting for ever",
    { unattendedAfterMs: 120_001 },
    "`unattendedAfterMs` must be at most 120000 -> Milliseconds that a caller's words wait for a responder when none is connected. A Gateway that has just left is waited for 25 s, since it may be starting again.",
  ],
  [
    "idle for ever",
    { idle: { afterSeconds: 3601 } },
    "`idle.afterSeconds` must be at most 3600 -> Seconds of silence after which a caller is asked whether they are there; after two such questions the call ends. 0 means never.",
  ],
  [
    "pairing without a code",
    { phrases: { pairing: "Who are you?" } },
    "`phrases.pairing` does not hold `{code}`, the place of the code -> Said to an unknown caller under `pairing`; every `{code}` becomes the one-time code.",
  ],
  [
    "nothing to say",
    { phrases: { apology: "" } },
    "`phrases.apology` must not be empty -> Said when no answer came in time, or what the caller said was lost.",
  ],
  [
    "tunnel",
    { tunnel: { provider: "cloudflared" } },
    '`tunnel.provider` must be "none", "ngrok", "tailscale-serve" or "tailscale-funnel" -> Tunnel that the daemon opens for the webhooks and closes at its end; `tailscale-serve` reaches the own tailnet only.',
  ],
  [
    "Tailscale path",
    { tailscale: { path: "voice" } },
    "`tailscale.path` is not a path: it begins with `/` and holds no `?`, `#` or space -> Path of the public URL; by default `serve.path`.",
  ],
  [
    "language",
    { telnyx: { language: "English" } },
    "`telnyx.language` is not the name of a language like en-US -> Language that is spoken and listened for, for example `en-US` (the default) or `de-DE`.",
  ],
  [
    "connection as a number",
    { telnyx: { connectionId: 1_000_000_001 } },
    "`telnyx.connectionId` is a number, where a text is needed -> Id of the Call Control application that `fromNumber` belongs to, in quotes.",
  ],
  [
    "replies",
    { mock: { replies: "shout" } },
    '`mock.replies` must be "echo" or a list of texts -> What the callee answers: `"echo"` repeats what was said, a list is said one by one.',
  ],
  [
    "bind",
    { serve: { bind: "example.com" } },
    "`serve.bind` is neither an IP address nor `localhost` -> Address to listen on for webhooks; `0.0.0.0` listens on all of them.",
  ],
  [
    "path",
    { serve: { path: "voice" } },
    "`serve.path` is not a path: it begins with `/` and holds no `?`, `#` or space -> Path at which webhooks arrive, exactly.",
  ],
  [
    "empty store",
    { store: "" },
    "`store` must not be empty -> State directory of the daemon; by default `voice-calls` in OpenClaw's own state directory.",
  ],
  [
    "relative store",
    { store: "calls" },
    "`store` is not a path from / or ~, so each program would look elsewhere -> State directory of the daemon; by default `voice-calls` in OpenClaw's own state directory.",
  ],
];

test.for(shapes)("a wrong shape is named with its path: %s", ([, section, problem]) => {
  expect(wrong(load({ provider: "mock", ...(section as object) }))).toEqual([problem]);
});

test.for([
  "",
  "localhost",
  "proxy.example.com",
  "10.0.0.256",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/08",
  "0.0.0.0/0",
  "::/0",
  "::1/129",
  "::ffff:10.0.0.0/+8",
  "fe80::1%eth0",
  " 10.0.0.1",
  "10.0.0.1:80",
])("what is no address of a proxy is refused: %j", (address) => {
  expect(wrong(load({ ...twilioSection, webhookSecurity: { trustedProxyIPs: ["127.0.0.1", address] } }))).toEqual([
    "`webhookSecurity.trustedProxyIPs[1]` is not an IP address or a network like 10.0.0.0/8 -> Addresses and networks (`10.0.0.0/8`) of the proxies whose forwarding headers are believed.",
  ]);
});
