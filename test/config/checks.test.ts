import { expect, test } from "vitest";
import {
  accountSid,
  apiKey,
  authId,
  authToken,
  good,
  load,
  plivoSection,
  telnyxSection,
  twilioSection,
  wrong,
} from "./fixture.ts";

/** The beginning of each problem, without hints. */
const messages = (section: object): string[] =>
  wrong(load({ ...twilioSection, ...section })).map((line) => line.split(" -> ")[0] ?? "");
const emulated = { twilio: { accountSid, authToken, baseUrl: "http://127.0.0.1:4010" } };

test("Twilio without anything is told all that it needs, and how to give it", () => {
  expect(wrong(load({ provider: "twilio" }))).toEqual([
    "`twilio.accountSid` is missing, and twilio needs it -> Account SID of the Twilio console: `AC` and 32 hex digits. Or set TWILIO_ACCOUNT_SID.",
    "`twilio.authToken` is missing, and twilio needs it -> Auth Token of that account; it also proves that webhooks come from Twilio. Or set TWILIO_AUTH_TOKEN.",
    "`fromNumber` is missing, and twilio needs it -> Our own number in E.164 form, as rented from the carrier. Or set TWILIO_FROM_NUMBER.",
    "`publicUrl` is missing, and twilio needs it -> The https URL under which the carrier reaches `serve.path` of this machine, exactly as the carrier sees it; with a `tunnel` it is not needed.",
  ]);
});

test("so are Telnyx and Plivo", () => {
  const number = "it -> Our own number in E.164 form, as rented from the carrier.";
  const url =
    "it -> The https URL under which the carrier reaches `serve.path` of this machine, exactly as the carrier sees it; with a `tunnel` it is not needed.";
  expect(wrong(load({ provider: "telnyx" }))).toEqual([
    "`telnyx.apiKey` is missing, and telnyx needs it -> API key of the Telnyx portal (Keys & Credentials > API Keys), which begins with `KEY`. Or set TELNYX_API_KEY.",
    "`telnyx.connectionId` is missing, and telnyx needs it -> Id of the Call Control application that `fromNumber` belongs to, in quotes. Or set TELNYX_CONNECTION_ID.",
    "`telnyx.publicKey` is missing, and telnyx needs it -> Public key of the account (Keys & Credentials > Public Key), which proves that webhooks come from Telnyx; as the portal shows it, in SPKI form or as PEM. Or set TELNYX_PUBLIC_KEY.",
    `\`fromNumber\` is missing, and telnyx needs ${number}`,
    `\`publicUrl\` is missing, and telnyx needs ${url}`,
  ]);
  expect(wrong(load({ provider: "plivo" }))).toEqual([
    "`plivo.authId` is missing, and plivo needs it -> Auth ID of the Plivo console: `MA` (or `SA` for a subaccount) and 18 capital letters and digits. Or set PLIVO_AUTH_ID.",
    "`plivo.authToken` is missing, and plivo needs it -> Auth Token of that account; it also proves that webhooks come from Plivo. Or set PLIVO_AUTH_TOKEN.",
    `\`fromNumber\` is missing, and plivo needs ${number}`,
    `\`publicUrl\` is missing, and plivo needs ${url}`,
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

const portal =
  "copy the public key from the Telnyx portal (Account > Keys & Credentials > Public Key) as it is shown; without it no webhook can be trusted";
const key = "copy an API key (v2) from the Telnyx portal, or leave the key out and set TELNYX_API_KEY";

test.for([
  [{ apiKey: "abc" }, `\`telnyx.apiKey\` does not begin with KEY (3 characters) -> ${key}`],
  [{ apiKey: "" }, `\`telnyx.apiKey\` is empty -> ${key}`],
  [{ apiKey: `${apiKey}\n` }, `\`telnyx.apiKey\` holds spaces or line breaks -> ${key}`],
  [{ apiKey: "KEY…" }, `\`telnyx.apiKey\` holds characters that no key has -> ${key}`],
  [
    { connectionId: "" },
    "`telnyx.connectionId` is empty -> copy the id of the Call Control application from the Telnyx portal (Voice > Programmable Voice)",
  ],
  [{ publicKey: " " }, `\`telnyx.publicKey\` is empty -> ${portal}`],
  [{ publicKey: "not a key!" }, `\`telnyx.publicKey\` is not base64 -> ${portal}`],
  [{ publicKey: "QUJD" }, `\`telnyx.publicKey\` holds 3 bytes; an Ed25519 key has 32 -> ${portal}`],
  [
    { baseUrl: "http://api.example.com" },
    "`telnyx.baseUrl` is http, which would send the API key in the clear -> use https, or an emulator on this machine",
  ],
  [
    { baseUrl: "https://me:pw@h" },
    "`telnyx.baseUrl` holds a user name or password -> leave it out to use Telnyx itself",
  ],
] as const)("a wrong Telnyx account is told by its shape: %#", ([account, line]) => {
  expect(wrong(load({ ...telnyxSection, telnyx: { ...telnyxSection.telnyx, ...account } }))).toEqual([line]);
});

test("Telnyx's public key may be raw, SPKI or PEM, with stray white space", () => {
  const { publicKey } = telnyxSection.telnyx;
  const raw = Buffer.from(publicKey, "base64");
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]).toString("base64");
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
  for (const form of [publicKey, ` ${publicKey}\n`, spki, pem, pem.replaceAll("\n", "\\n")]) {
    const config = load({ ...telnyxSection, telnyx: { ...telnyxSection.telnyx, publicKey: form } });
    expect(good(config).telnyx.publicKey).toBe(form);
  }
});

const id = "copy the Auth ID from the Plivo console";
const idShape = "`plivo.authId` is not MA (or SA) and 18 capital letters and digits";

test.for([
  [{ authId: "" }, `${idShape} (0 characters, no leading MA) -> ${id}`],
  [{ authId: "MA123" }, `${idShape} (5 characters) -> ${id}`],
  [{ authId: authId.toLowerCase() }, `${idShape} (20 characters, no leading MA) -> ${id}`],
  [{ authId: `${authId}\n` }, `${idShape} (21 characters) -> ${id}`],
  [
    { authToken: "a b" },
    "`plivo.authToken` holds spaces or line breaks -> copy the Auth Token from the Plivo console, or leave the key out and set PLIVO_AUTH_TOKEN",
  ],
  [
    { baseUrl: "http://api.example.com" },
    "`plivo.baseUrl` is http, which would send the Auth Token in the clear -> use https, or an emulator on this machine",
  ],
  [
    { baseUrl: "api.plivo.com" },
    "`plivo.baseUrl` is not a URL that begins with https:// or http:// -> leave it out to use Plivo itself",
  ],
] as const)("a wrong Plivo account is told by its shape: %#", ([account, line]) => {
  expect(wrong(load({ ...plivoSection, plivo: { ...plivoSection.plivo, ...account } }))).toEqual([line]);
});

test("a Plivo subaccount is an account", () => {
  const subaccount = authId.replace("MA", "SA");
  expect(good(load({ ...plivoSection, plivo: { authId: subaccount, authToken } })).plivo.authId).toBe(subaccount);
});

test.for([telnyxSection, plivoSection])("the rules of reaching us hold for $provider too", (section) => {
  const own = section.provider === "telnyx" ? telnyxSection.telnyx : plivoSection.plivo;
  const at = (baseUrl: string): object => ({ [section.provider]: { ...own, baseUrl } });
  const told = (change: object): string[] => wrong(load({ ...section, ...change }));
  const privateUrl = { publicUrl: "http://10.0.0.1/voice/webhook" };
  const skip = { skipSignatureVerification: true };
  expect(told(privateUrl)).toEqual([
    "`publicUrl` is http, where a carrier needs https -> put a tunnel or a reverse proxy with a certificate before the daemon",
    "`publicUrl` leads to this machine or a private network, where the carrier cannot reach it -> use the URL of a tunnel or a public server",
  ]);
  expect(told(skip)).toEqual([
    `\`skipSignatureVerification\` would let everybody on the Internet steer your calls -> remove it, or point \`${section.provider}.baseUrl\` at an emulator on this machine`,
  ]);
  expect(told({ ...skip, ...at("https://emulator.example.com") })).toHaveLength(1);
  // An emulator of another carrier is no excuse.
  expect(told({ ...skip, ...emulated })).toHaveLength(1);
  expect(told({ ...skip, ...privateUrl, ...at("http://127.0.0.1:4010") })).toEqual([]);
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
    ["`fromNumber`", { fromNumber: number }],
    ["`toNumber`", { toNumber: number }],
    ["`allowFrom[1]`", { allowFrom: ["+15555550123", number] }],
    ["key 2 of `numbers`", { numbers: { "+15555550123": {}, [number]: {} } }],
  ] as const) {
    expect(messages(section)).toEqual([`${path} is not a phone number in E.164 form (${shape})`]);
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
