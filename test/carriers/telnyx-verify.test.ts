// Telnyx's signature: published vectors, the time window, forgeries, and keys in every form that people paste.
import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawWebhook } from "../../src/daemon/carriers/carrier.ts";
import { createVerify } from "../../src/daemon/carriers/telnyx/verify.ts";
import {
  apiKey,
  eventBody,
  type Logged,
  now,
  publicKey,
  receive,
  request,
  signed,
  spkiKey,
  telnyx,
} from "./telnyx-fixture.ts";

const vectors = [
  {
    at: 1_767_693_600,
    body: '{"data":{"record_type":"event","event_type":"call.initiated","id":"11111111-1111-4111-8111-111111111111","occurred_at":"2026-01-06T10:00:00.000000Z","payload":{"call_control_id":"v3:test","direction":"incoming","state":"parked"}},"meta":{"attempt":1,"delivered_to":"https://voice.example.test/voice/telnyx"}}',
    signature: "KTdEt9dNPsKOz9pa7M36yYI3ROAIOckwqBYUE3ArezCvRAeJmwn2mslSO20iTR6ZLz+DU9Ge8YwMcCijfTkOBg==",
  },
  {
    at: 1_767_693_601,
    body: '{"data":{"event_type":"call.transcription","payload":{"transcription_data":{"transcript":"héllo 你好","is_final":true}}}}',
    signature: "vRQNKdW9SVtyZTCdgJ2fKa3abzWLuL8ULXcmCte6Ow9JxQUaHSR3DQSUgf0v2wlzl1wxxCplCEnmlbpEhJO9CA==",
  },
  {
    at: 1_767_693_602,
    body: "{}",
    signature: "TOBwdFEMgar+54ZL45/r6EEmpQOBmuef7AdpNAyryX8XETpX75WYX/D+Y4HtHEfhoBmg4SfoqofX/9aFvm2cCA==",
  },
];

const [x1 = { at: 0, body: "", signature: "" }] = vectors;

function raw(vector: typeof x1, headers: RawWebhook["headers"] = {}): RawWebhook {
  return request(Buffer.from(vector.body), {
    "telnyx-signature-ed25519": vector.signature,
    "telnyx-timestamp": String(vector.at),
    ...headers,
  });
}

function verifyAt(seconds: number, key = publicKey): (webhook: RawWebhook) => boolean {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return createVerify({
    publicKey: key,
    clock: { now: () => seconds * 1000 },
    log: silent,
    skipSignatureVerification: false,
  });
}

test.each(vectors)("accepts the published vector of $at, within 300 seconds either way", (vector) => {
  for (const [away, accepted] of [
    [0, true],
    [300, true],
    [-300, true],
    [301, false],
    [-301, false],
  ] as const) {
    expect(verifyAt(vector.at + away)(raw(vector))).toBe(accepted);
  }
});

test("reads the first vector as a call that comes in, under the event's id", () => {
  expect(receive(telnyx(), raw(x1))).toEqual({
    key: "telnyx:11111111-1111-4111-8111-111111111111",
    wantsDocument: false,
    carrierCallId: "v3:test",
    facts: [{ type: "incoming", from: "", to: "" }],
  });
});

test.each(vectors.slice(1))("a genuine request that is no event cannot be read ($at)", (vector) => {
  expect(() => receive(telnyx(), raw(vector))).toThrow("no Telnyx event");
});

test.each<[string, RawWebhook]>([
  ["another time stamp", raw(x1, { "telnyx-timestamp": "1767693601" })],
  ["a time stamp written otherwise", raw(x1, { "telnyx-timestamp": "+1767693600" })],
  ["a time stamp with a fraction", raw(x1, { "telnyx-timestamp": "1767693600.0" })],
  ["no time stamp", raw(x1, { "telnyx-timestamp": undefined })],
  ["two time stamps", raw(x1, { "telnyx-timestamp": ["1767693600", "1767693600"] })],
  ["two joined time stamps", raw(x1, { "telnyx-timestamp": "1767693600, 1767693600" })],
  ["no signature", raw(x1, { "telnyx-signature-ed25519": undefined })],
  ["an empty signature", raw(x1, { "telnyx-signature-ed25519": "" })],
  ["two signatures", raw(x1, { "telnyx-signature-ed25519": [x1.signature, x1.signature] })],
  ["two joined signatures", raw(x1, { "telnyx-signature-ed25519": `${x1.signature}, ${x1.signature}` })],
  [
    "another spelling of it",
    raw(x1, { "telnyx-signature-ed25519": x1.signature.replaceAll("+", "-").replaceAll("/", "_") }),
  ],
  ["a short signature", raw(x1, { "telnyx-signature-ed25519": Buffer.alloc(63).toString("base64") })],
  ["a made-up signature", raw(x1, { "telnyx-signature-ed25519": randomBytes(64).toString("base64") })],
  ["a changed byte", { ...raw(x1), body: Buffer.from(x1.body.replace("parked", "marked")) }],
  ["no body", { ...raw(x1), body: Buffer.alloc(0) }],
])("refuses %s", (_what, webhook) => {
  expect(receive(telnyx(), webhook)).toBeUndefined();
});

test("every event with one byte changed is refused", () => {
  const verify = verifyAt(x1.at);
  const body = Buffer.from(x1.body);
  for (let index = 0; index < body.length; index += 1) {
    const changed = Buffer.from(body);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(verify({ ...raw(x1), body: changed })).toBe(false);
  }
});

test("no mutation of a signed request passes, and none throws", () => {
  const carrier = telnyx();
  const good = raw(x1);
  const places = { body: x1.body, signature: x1.signature, timestamp: String(x1.at) };
  const mutation = fc.record({
    place: fc.constantFrom<keyof typeof places>("body", "signature", "timestamp"),
    at: fc.nat(),
    remove: fc.integer({ min: 0, max: 3 }),
    insert: fc.string({ unit: "binary", maxLength: 3 }),
  });
  let accepted = 0;
  let tried = 0;
  fc.assert(
    fc.property(mutation, ({ place, at, remove, insert }) => {
      const text = places[place];
      const from = at % text.length;
      const changed = { ...places, [place]: text.slice(0, from) + insert + text.slice(from + remove) };
      if (changed[place] === text) return;
      tried += 1;
      const headers = { "telnyx-signature-ed25519": changed.signature, "telnyx-timestamp": changed.timestamp };
      if (receive(carrier, { ...good, headers, body: Buffer.from(changed.body, "utf8") }) !== undefined) accepted += 1;
    }),
    { numRuns: 4000 },
  );
  expect(tried).toBeGreaterThan(2000);
  expect(accepted).toBe(0);
});

test("whatever genuine bytes arrive, they are read or refused as unreadable", () => {
  const carrier = telnyx();
  const bodies = fc.oneof(
    fc.json(),
    fc.json().map((payload) => `{"data":{"id":"x","event_type":"call.hangup","payload":${payload}}}`),
    fc.string(),
  );
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        expect(receive(carrier, signed(body))).toMatchObject({ wantsDocument: false });
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_INPUT" });
      }
    }),
  );
});

test("a retry has the same key under its new time stamp and signature; another event has another one (openclaw #25832, #57829)", () => {
  const carrier = telnyx();
  const id = randomUUID();
  const first = receive(carrier, signed(eventBody("call.answered", {}, id)));
  const retried = eventBody("call.answered", {}, id).replace('"attempt":1', '"attempt":2');
  expect(receive(carrier, signed(retried, now / 1000 + 7))?.key).toBe(first?.key);
  expect(receive(carrier, signed(eventBody("call.answered")))?.key).not.toBe(first?.key);
});

test("without verification the key is the same as with it", () => {
  const good = raw(x1);
  const unsigned = receive(telnyx({ skipSignatureVerification: true }), { ...good, headers: {} });
  expect(unsigned?.key).toBe(receive(telnyx(), good)?.key);
});

test("a refusal says what is wrong, and neither the body nor a key", () => {
  const logged: Logged[] = [];
  const carrier = telnyx({ logged });
  receive(carrier, signed("canary", now / 1000 - 3600));
  receive(carrier, { ...raw(x1), body: Buffer.from("canary") });
  receive(carrier, request(Buffer.from("canary"), {}));
  expect(logged.map(({ fields }) => fields["why"])).toEqual([
    expect.stringContaining("3600 s old"),
    expect.stringContaining("telnyx.publicKey"),
    expect.stringContaining("telnyx-signature-ed25519"),
  ]);
  expect(JSON.stringify(logged)).not.toMatch(/canary|A6EHv|KTdEt/);
  expect(JSON.stringify(logged)).not.toContain(apiKey);
});

test.each<[string, string]>([
  ["raw", publicKey],
  ["raw without padding", publicKey.replace("=", "")],
  ["raw with white space", ` \t${publicKey}\r\n`],
  ["raw broken into lines", publicKey.replace(/(.{16})/g, "$1\n")],
  ["SPKI", spkiKey],
  ["PEM", `-----BEGIN PUBLIC KEY-----\n${spkiKey}\n-----END PUBLIC KEY-----\n`],
  ["PEM of one line", `-----BEGIN PUBLIC KEY-----${spkiKey}-----END PUBLIC KEY-----`],
  ["PEM with line ends written out", `-----BEGIN PUBLIC KEY-----\\n${spkiKey}\\n-----END PUBLIC KEY-----\\n`],
  ["PEM with Windows line ends", `-----BEGIN PUBLIC KEY-----\r\n${spkiKey}\r\n-----END PUBLIC KEY-----\r\n`],
])("takes a public key that is %s", (_form, key) => {
  expect(verifyAt(x1.at, key)(raw(x1))).toBe(true);
});

test.each<[string, string, RegExp]>([
  ["nothing", "", /is empty/],
  ["white space", " \n", /is empty/],
  ["no base64", "not a key!", /is not base64/],
  ["a short key", publicKey.slice(4), /29 bytes/],
  ["a long key", `AAAA${publicKey}`, /35 bytes/],
  ["an API key", apiKey, /bytes; an Ed25519 key has 32/],
  [
    "another algorithm",
    Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), Buffer.alloc(32, 7)]).toString("base64"),
    /44 bytes/,
  ],
  ["zeros", Buffer.alloc(32).toString("base64"), /placeholder/],
  ["the neutral point", Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]).toString("base64"), /placeholder/],
])(
  "%s in place of the public key is an error of the configuration, also when signatures are not checked",
  (_what, key, message) => {
    for (const skipSignatureVerification of [false, true]) {
      const make = (): unknown => telnyx({ config: { publicKey: key }, skipSignatureVerification });
      expect(make).toThrow(message);
      expect(make).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID", hint: expect.stringContaining("Telnyx portal") }),
      );
      if (key.trim() !== "") expect(make).not.toThrow(key);
    }
  },
);
