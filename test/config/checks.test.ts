import { expect, test } from "vitest";
import { accountSid, authToken, good, load, twilioSection, wrong } from "./fixture.ts";

/** The beginning of each problem, without hints. */
const messages = (section: object): string[] =>
  wrong(load({ ...twilioSection, ...section })).map((line) => line.split(" -> ")[0] ?? "");
const emulated = { twilio: { accountSid, authToken, baseUrl: "http://127.0.0.1:4010" } };

test("Twilio without anything is told all that it needs, and how to give it", () => {
  expect(wrong(load({ provider: "twilio" }))).toEqual([
    "`twilio.accountSid` is missing, and twilio needs it -> Account SID of the Twilio console: `AC` and 32 hex digits. Or set TWILIO_ACCOUNT_SID.",
    "`twilio.authToken` is missing, and twilio needs it -> Auth Token of that account; it also proves that webhooks come from Twilio. Or set TWILIO_AUTH_TOKEN.",
    "`fromNumber` is missing, and twilio needs it -> Our own number in E.164 form, as rented from the carrier. Or set TWILIO_FROM_NUMBER.",
    "`publicUrl` is missing, and twilio needs it -> The https URL under which the carrier reaches `serve.path` of this machine, exactly as the carrier sees it.",
  ]);
});

test("missing and wrong keys are told together", () => {
  expect(wrong(load({ provider: "twilio", fromNumber: "1", twilio: { accountSid: "AC1" } }))).toHaveLength(4);
});

test.for([
  [{ accountSid: `SK${"0a".repeat(16)}`, authToken }, "`twilio.accountSid` is the SID of an API key (SK…)"],
  [{ accountSid: "AC123", authToken }, "`twilio.accountSid` is not AC and 32 hex digits (5 characters)"],
  [{ accountSid: "", authToken }, "`twilio.accountSid` is not AC and 32 hex digits (0 characters, no leading AC)"],
  [{ accountSid, authToken: "" }, "`twilio.authToken` is empty"],
  [{ accountSid, authToken: `${authToken}\n` }, "`twilio.authToken` holds spaces or line breaks"],
  [{ accountSid, authToken, region: "Ireland" }, "`twilio.region` is not the name of a Twilio region"],
  [
    { accountSid, authToken, baseUrl: "ftp://127.0.0.1" },
    "`twilio.baseUrl` is not a URL that begins with https:// or http://",
  ],
  [
    { accountSid, authToken, baseUrl: "http://api.example.com" },
    "`twilio.baseUrl` is http, which would send the Auth Token in the clear",
  ],
  [
    { accountSid, authToken, baseUrl: "https://me:pw@api.example.com" },
    "`twilio.baseUrl` holds a user name or password",
  ],
] as const)("a wrong account is told by its shape: %#", ([twilio, message]) => {
  expect(messages({ twilio })).toEqual([message]);
});

test("what the mock carrier does not use may be half filled in", () => {
  expect(good(load({ provider: "mock", twilio: { accountSid: "todo" } })).provider).toBe("mock");
});

test.for([
  ["5555550123", '10 characters, no leading "+"'],
  ["+1 555 555 0123", "it holds characters other than digits"],
  ["+0555550123", '10 digits after the "+"; 7 to 15 are possible, the first not 0'],
  ["", "it is empty"],
] as const)("numbers are E.164 everywhere, and are not repeated: %j", ([number, shape]) => {
  for (const [path, section] of [
    ["fromNumber", { fromNumber: number }],
    ["toNumber", { toNumber: number }],
    ["allowFrom[1]", { allowFrom: ["+15555550123", number] }],
  ] as const) {
    expect(messages(section)).toEqual([`\`${path}\` is not a phone number in E.164 form (${shape})`]);
  }
});

test.for([
  ["nonsense", "is not a URL that begins with https:// or http://"],
  ["", "is not a URL that begins with https:// or http://"],
  ["https:voice.example.com", "is not a URL that begins with https:// or http://"],
  ["wss://voice.example.com/", "is not a URL that begins with https:// or http://"],
  ["https://voice.example.com/a b", "holds spaces or line breaks"],
  ["https://user:pw@voice.example.com/", "holds a user name or password"],
  ["https://voice.example.com/#here", "holds a fragment (`#…`)"],
  ["http://voice.example.com/", "is http, where a carrier needs https"],
] as const)("a public URL that no carrier could call is refused: %s", ([publicUrl, wrongWith]) => {
  expect(messages({ publicUrl })).toEqual([`\`publicUrl\` ${wrongWith}`]);
});

const privateHosts = [
  "localhost",
  "voice.localhost",
  "localhost.",
  "127.0.0.1",
  "127.1",
  "0x7f.1",
  "2130706433",
  "0.0.0.0",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:10.0.0.1]",
  "[fd00::1]",
  "[fe80::1]",
  "server",
  "printer.local",
  "host.docker.internal",
];

test.for(privateHosts)("a private public URL is refused for a real carrier: %s", (host) => {
  expect(messages({ publicUrl: `https://${host}/voice/webhook` })).toEqual([
    "`publicUrl` leads to this machine or a private network, where the carrier cannot reach it",
  ]);
  expect(messages({ publicUrl: `http://${host}/voice/webhook`, ...emulated })).toEqual([]);
});

test.for([
  "172.32.0.1",
  "172.15.0.1",
  "100.128.0.1",
  "11.0.0.1",
  "[2606:4700::1111]",
  "localhost.example.com",
  "mylocal.example",
  "voice.example.test",
])("a public one is not: %s", (host) => {
  expect(messages({ publicUrl: `https://${host}/voice/webhook` })).toEqual([]);
});

test("signatures can be skipped with an emulator on this machine only", () => {
  const skip = { skipSignatureVerification: true };
  const refusal = ["`skipSignatureVerification` would let everybody on the Internet steer your calls"];
  expect(messages(skip)).toEqual(refusal);
  expect(messages({ ...skip, twilio: { accountSid, authToken, baseUrl: "https://127.0.0.1.example.com" } })).toEqual(
    refusal,
  );
  expect(messages({ ...skip, twilio: { accountSid, authToken, baseUrl: "https://192.168.1.2" } })).toEqual(refusal);
  for (const host of ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.9.9.9"]) {
    expect(messages({ ...skip, twilio: { accountSid, authToken, baseUrl: `http://${host}` } })).toEqual([]);
  }
});
