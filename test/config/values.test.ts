import { expect, test } from "vitest";
import { accountSid, good, load, twilioSection, wrong } from "./fixture.ts";

test("defaults are those of the contract", () => {
  expect(good(load({ provider: "mock" }))).toEqual({
    enabled: true,
    provider: "mock",
    skipSignatureVerification: false,
    inboundPolicy: "disabled",
    allowFrom: [],
    maxDurationSeconds: 300,
    staleCallReaperSeconds: 120,
    silenceTimeoutMs: 800,
    transcriptTimeoutMs: 180_000,
    ringTimeoutMs: 30_000,
    maxConcurrentCalls: 1,
    twilio: {},
    serve: { port: 3334, bind: "127.0.0.1", path: "/voice/webhook" },
    webhookSecurity: { allowedHosts: [] },
    outbound: { defaultMode: "notify", notifyHangupDelaySec: 3 },
    daemon: { idleExitMinutes: 30 },
    retention: { days: 90, calls: 10_000 },
    mock: { outcome: "answer", ringMs: 800, pace: 1, replies: "echo", replyDelayMs: 600 },
  });
});

test("explicit zeros, false and empty texts are kept", () => {
  const section = {
    provider: "mock",
    enabled: false,
    skipSignatureVerification: false,
    inboundGreeting: "",
    serve: { port: 0 },
    outbound: { notifyHangupDelaySec: 0 },
    daemon: { idleExitMinutes: 0 },
    mock: { ringMs: 0, pace: 0, replyDelayMs: 0, replies: [] },
  };
  expect(good(load(section))).toMatchObject(section);
});

test("a whole Twilio section is taken as it stands", () => {
  const section = {
    ...twilioSection,
    toNumber: "+442071838750",
    inboundPolicy: "allowlist",
    allowFrom: ["+15555550123"],
    twilio: { ...twilioSection.twilio, region: "ie1", baseUrl: "https://proxy.example.com/twilio" },
    webhookSecurity: { allowedHosts: ["voice.example.com"] },
    store: "~/calls",
  };
  expect(good(load(section))).toMatchObject(section);
});

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
    "`allowFrom` is a text, where a list is needed -> Numbers in E.164 form that may call in under `allowlist`.",
  ],
  [
    "number in a list",
    { allowFrom: [15_555_550_123] },
    "`allowFrom[0]` is a number, where a text is needed -> Numbers in E.164 form that may call in under `allowlist`.",
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
    '`provider` must be "twilio" or "mock" -> The carrier that calls go through; `mock` plays the other side itself and costs nothing.',
  ],
  [
    "later carrier",
    { provider: "telnyx" },
    '`provider` is "telnyx", which this version does not speak yet: it knows twilio and mock -> The carrier that calls go through; `mock` plays the other side itself and costs nothing.',
  ],
  [
    "later policy",
    { inboundPolicy: "pairing" },
    '`inboundPolicy` is "pairing", which this version does not speak yet: it knows disabled, allowlist and open -> Who may call in: nobody, the numbers of `allowFrom`, or everybody.',
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
];

test.for(shapes)("a wrong shape is named with its path: %s", ([, section, problem]) => {
  expect(wrong(load({ provider: "mock", ...(section as object) }))).toEqual([problem]);
});

test("host names are compared in lower case", () => {
  const allowedHosts = ["Voice.Example.com", "[2606:4700::1111]"];
  expect(good(load({ ...twilioSection, webhookSecurity: { allowedHosts } })).webhookSecurity.allowedHosts).toEqual([
    "voice.example.com",
    "[2606:4700::1111]",
  ]);
  for (const host of ["", "https://voice.example.com", "voice.example.com:443", "voice.example.com/"]) {
    expect(wrong(load({ ...twilioSection, webhookSecurity: { allowedHosts: [host] } }))[0]).toMatch(
      /^`webhookSecurity\.allowedHosts\[0\]` is not a host name without scheme/,
    );
  }
});

test.for([
  [{ ringTimeoutMS: 1 }, "`ringTimeoutMS`", "did you mean `ringTimeoutMs`?"],
  [{ allowFrm: [] }, "`allowFrm`", "did you mean `allowFrom`?"],
  [{ tunel: {} }, "`tunel`", "did you mean `tunnel`?"],
  [{ serve: { prot: 1 } }, "`serve.prot`", "did you mean `serve.port`?"],
  [{ port: 3334 }, "`port`", "did you mean `serve.port`?"],
  [{ twilio: { authtoken: "x" } }, "`twilio.authtoken`", "did you mean `twilio.authToken`?"],
  [
    { webhookSecurity: { trustForwardedHeaders: true } },
    "`webhookSecurity.trustForwardedHeaders`",
    "did you mean `webhookSecurity.trustForwardingHeaders`?",
  ],
  [{ bananas: 1 }, "`bananas`", "remove it; docs/configuration.md lists all keys"],
  [{ ["x".repeat(500)]: 1 }, `\`${"x".repeat(60)}…\``, "remove it; docs/configuration.md lists all keys"],
  [{ "a\u001B[31m`b": 1 }, "`a?[31m?b`", "remove it; docs/configuration.md lists all keys"],
] as const)("an unknown key is refused with the nearest one: %j", ([section, path, hint]) => {
  expect(wrong(load({ provider: "mock", ...section }))).toEqual([
    `${path} is not a key of the configuration -> ${hint}`,
  ]);
});

test("every unknown key is told, not only the first", () => {
  expect(
    wrong(load({ provider: "mock", aaaa: 1, serve: { bbbb: 1, cccc: 1 } })).map((line) => line.split(" ")[0]),
  ).toEqual(["`serve.bbbb`", "`serve.cccc`", "`aaaa`"]);
});

test("keys of other versions are accepted with one notice each", () => {
  const result = load({
    ...twilioSection,
    tts: { provider: "openai", openai: { apiKey: "${UNSET}" } },
    numbers: {},
    webhookSecurity: { trustForwardingHeaders: true, allowedHosts: ["a.example"] },
  });
  expect(good(result).webhookSecurity).toEqual({ allowedHosts: ["a.example"] });
  expect(result.notices).toEqual([
    "`numbers` is not used by this version",
    "`tts` is not used by this version",
    "`webhookSecurity.trustForwardingHeaders` is not used by this version",
  ]);
});

test.for(["__proto__", "constructor", "prototype"])("the key %s is refused at any depth and touches nothing", (key) => {
  for (const text of [
    `{"${key}":{"polluted":1}}`,
    `{"serve":{"${key}":{"polluted":1}}}`,
    `{"tts":{"providers":[{"${key}":{"polluted":1}}]}}`,
  ]) {
    const [problem = "", ...others] = wrong(load(JSON.parse(text)));
    expect(problem).toMatch(new RegExp(`^\`.*${key}\` is not allowed as a key -> remove it$`));
    expect(others).toEqual([]);
  }
  expect("polluted" in {}).toBe(false);
});

test("bottomless nesting is refused", () => {
  let nested: unknown = 1;
  for (let depth = 0; depth < 2000; depth++) nested = [nested];
  expect(wrong(load({ provider: "mock", tts: nested }))).toEqual([
    "`tts[0][0]` is nested deeper than 20 levels -> remove it",
  ]);
});

test("older shapes are brought into today's, each with one notice", () => {
  const { fromNumber, ...section } = twilioSection;
  const result = load({
    ...section,
    twilio: { ...section.twilio, from: fromNumber },
    streaming: { sttProvider: "openai", openaiApiKey: "sk-1", sttModel: "m", silenceDurationMs: 1, vadThreshold: 0.5 },
  });
  expect(good(result)).toMatchObject({ fromNumber, twilio: { accountSid } });
  expect(result.notices).toEqual([
    "`twilio.from` is now `fromNumber`",
    "`streaming.sttProvider` is now `streaming.provider`",
    "`streaming.openaiApiKey` is now `streaming.providers.openai.apiKey`",
    "`streaming.sttModel` is now `streaming.providers.openai.model`",
    "`streaming.silenceDurationMs` is now `streaming.providers.openai.silenceDurationMs`",
    "`streaming.vadThreshold` is now `streaming.providers.openai.vadThreshold`",
    "`streaming` is not used by this version",
  ]);
});

test("the log carrier of old is the mock carrier", () => {
  const result = load({ provider: "log" });
  expect(good(result).provider).toBe("mock");
  expect(result.notices).toEqual(['`provider: "log"` is now `provider: "mock"`']);
});

test("where an old and a new key are both there, the new one counts", () => {
  const result = load({ ...twilioSection, twilio: { ...twilioSection.twilio, from: "+15555550999" } });
  expect(good(result).fromNumber).toBe(twilioSection.fromNumber);
});
