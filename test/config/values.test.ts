import { expect, test } from "vitest";
import { accountSid, good, load, plivoSection, telnyxSection, twilioSection, wrong } from "./fixture.ts";

test("defaults are those of the contract, closed to callers among them", () => {
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
    numbers: {},
    sessionScope: "per-phone",
    inboundTools: "read-only",
    responseTimeoutMs: 30_000,
    unattendedAfterMs: 3000,
    twilio: {},
    telnyx: {},
    plivo: {},
    serve: { port: 3334, bind: "127.0.0.1", path: "/voice/webhook" },
    webhookSecurity: { allowedHosts: [], trustForwardingHeaders: false, trustedProxyIPs: [] },
    tunnel: { provider: "none", allowNgrokFreeTierLoopbackBypass: false },
    tailscale: { mode: "off", port: 443 },
    idle: { afterSeconds: 20 },
    phrases: {
      apology: "Sorry, I could not come up with an answer. Could you say that again?",
      unattended: "Sorry, nobody can take your call right now. Please try again later. Goodbye.",
      reprompt: "Are you still there?",
      goodbye: "I will hang up now. Goodbye.",
      pairing:
        "This number does not know you yet. Your code is {code}. Please give it to the owner, who has to confirm it, and then call again. Your code is {code}. Goodbye.",
      busy: "All lines are busy. Please call again later. Goodbye.",
      filler: "One moment, please.",
      deaf: "I am having trouble hearing you. Please go on.",
      recording: "This call is recorded.",
    },
    streaming: {
      enabled: false,
      streamPath: "/voice/stream",
      providers: { openai: {}, deepgram: {}, elevenlabs: {} },
      language: "en-US",
      interruptions: { onsetMs: 250, minWords: 1, resumeMs: 2000, protectMs: 1000 },
      fillerAfterMs: 1200,
      preStartTimeoutMs: 5000,
      maxPendingConnections: 32,
      maxPendingConnectionsPerIp: 4,
      maxConnections: 128,
    },
    tts: { openai: {}, elevenlabs: {}, providers: {} },
    recording: { enabled: false, maxMegabytes: 100 },
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
    idle: { afterSeconds: 0 },
    unattendedAfterMs: 0,
    responseSystemPrompt: "",
    numbers: { "+15555550100": { inboundGreeting: "" } },
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

test("whole Telnyx and Plivo sections are taken as they stand", () => {
  for (const section of [
    {
      ...telnyxSection,
      inboundPolicy: "pairing",
      sessionScope: "per-call",
      telnyx: { ...telnyxSection.telnyx, baseUrl: "https://api.telnyx.eu/v2", voice: "male", language: "cmn-CN" },
    },
    {
      ...plivoSection,
      plivo: { ...plivoSection.plivo, baseUrl: "https://proxy.example.com/plivo" },
      agentId: "main",
      responseModel: "a/b",
      numbers: {
        "+15555550101": { inboundGreeting: "Hi", agentId: "support", responseModel: "c", responseTimeoutMs: 1000 },
        "+442071838750": { responseSystemPrompt: "Be brief." },
      },
      webhookSecurity: {
        allowedHosts: ["voice.example.com"],
        trustForwardingHeaders: true,
        trustedProxyIPs: ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "::1", "::ffff:10.1.2.3", "::ffff:10.0.0.0/104"],
      },
    },
  ]) {
    expect(good(load(section))).toMatchObject(section);
  }
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
  [{ pairing: {} }, "`pairing`", "did you mean `phrases.pairing`?"],
  [{ ngrokDomain: "a" }, "`ngrokDomain`", "did you mean `tunnel.ngrokDomain`?"],
  [{ numbers: { "+15555550101": { agentID: "a" } } }, "`numbers.…0101.agentID`", "did you mean `numbers.*.agentId`?"],
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

test.for(["__proto__", "constructor", "prototype"])(
  "the key %s is refused at any depth and touches nothing (openclaw 2026.2.19)",
  (key) => {
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
  },
);

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
    streaming: {
      sttProvider: "openai",
      openaiApiKey: "sk-1",
      sttModel: "m",
      silenceDurationMs: 700,
      vadThreshold: 0.5,
    },
  });
  expect(good(result)).toMatchObject({
    fromNumber,
    twilio: { accountSid },
    streaming: {
      provider: "openai",
      providers: { openai: { apiKey: "sk-1", model: "m", silenceDurationMs: 700, vadThreshold: 0.5 } },
    },
  });
  expect(result.notices).toEqual([
    "`twilio.from` is now `fromNumber`",
    "`streaming.sttProvider` is now `streaming.provider`",
    "`streaming.openaiApiKey` is now `streaming.providers.openai.apiKey`",
    "`streaming.sttModel` is now `streaming.providers.openai.model`",
    "`streaming.silenceDurationMs` is now `streaming.providers.openai.silenceDurationMs`",
    "`streaming.vadThreshold` is now `streaming.providers.openai.vadThreshold`",
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
