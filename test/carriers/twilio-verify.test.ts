// Twilio's signature: published vectors, ports, forgeries, and keys that only signed bytes can change.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawWebhook } from "../../src/daemon/carriers/carrier.ts";
import { signTwilioRequest } from "../../src/emulator/twilio/signature.ts";
import { authToken, callSid, type Logged, publicUrl, receive, twilio, webhook } from "./twilio-fixture.ts";

const t1 = {
  url: "https://voice.example.test/voice/twilio?turn=1&t=abc",
  params: {
    CallSid: callSid,
    AccountSid: "AC00000000000000000000000000000000",
    From: "+15550000001",
    To: "+15550000002",
    CallStatus: "ringing",
    Direction: "inbound",
    ApiVersion: "2010-04-01",
  },
  signature: "p8gh0bxfuerJSq87Afamodg/Z7U=",
};
const t2 = {
  url: "https://voice.example.test:8443/voice/twilio/status",
  params: {
    CallSid: callSid,
    CallStatus: "completed",
    CallDuration: "12",
    SequenceNumber: "3",
    CallbackSource: "call-progress-events",
    Timestamp: "Tue, 06 Jan 2026 10:00:00 +0000",
  },
  withPort: "/ahsL+3aE7pcII745/RCuyf+d8Y=",
  withoutPort: "xkEC5u5Z3ZTWCLYCtYPKm8sol+g=",
};

test("accepts a signed voice request", () => {
  const read = receive(twilio(), webhook(t1.url, t1.params, t1.signature));
  expect(read).toMatchObject({ carrierCallId: callSid, wantsDocument: true });
});

test("accepts a signature over the URL with its port and without it, under one key", () => {
  const carrier = twilio({ publicUrl: t2.url });
  const keys = [t2.withPort, t2.withoutPort].map(
    (signature) => receive(carrier, webhook(t2.url, t2.params, signature))?.key,
  );
  expect(keys[0]).toBe(keys[1]);
  expect(keys[0]).toMatch(/^twilio:.{28}$/);
});

test.each([
  ["https://voice.example.test/voice", "https://voice.example.test:443/voice"],
  ["http://127.0.0.1/voice", "http://127.0.0.1:80/voice"],
  ["https://[2001:db8::1]:8443/voice", "https://[2001:db8::1]/voice"],
  ["https://voice.example.test", "https://voice.example.test/"],
])("takes %s and %s for the same", (configured, signed) => {
  const params = { CallSid: callSid, CallStatus: "ringing" };
  const url = `${signed}?kind=status`;
  expect(receive(twilio({ publicUrl: configured }), webhook(url, params))).toBeDefined();
});

test("accepts text beyond ASCII", () => {
  const params = { SpeechResult: "héllo “wörld” 你好", Confidence: "0.93", CallSid: "CA1" };
  const carrier = twilio({ publicUrl: "https://voice.example.test/g" });
  expect(
    receive(carrier, webhook("https://voice.example.test/g", params, "zivg5/zGVaJW2Zl3Mtith2oheCo=")),
  ).toBeDefined();
});

test("refuses another sender, an empty, absent or repeated signature, another token and another host (CVE-2026-28465, gptme-contrib #695)", () => {
  const carrier = twilio();
  const good = webhook(t1.url, t1.params, t1.signature);
  expect(receive(carrier, webhook(t1.url, { ...t1.params, From: "+15550000009" }, t1.signature))).toBeUndefined();
  for (const signature of ["", undefined, [t1.signature], [t1.signature, t1.signature], `${t1.signature} `]) {
    expect(receive(carrier, { ...good, headers: { "x-twilio-signature": signature } })).toBeUndefined();
  }
  expect(receive(twilio({ config: { accountSid: "AC1", authToken: "another" } }), good)).toBeUndefined();
  expect(receive(twilio({ publicUrl: "https://other.example.test/voice/twilio" }), good)).toBeUndefined();
  const elsewhere = {
    ...good.headers,
    host: "other.example.test",
    "x-forwarded-host": "other.example.test",
    "x-forwarded-proto": "http",
  };
  expect(receive(carrier, { ...good, headers: elsewhere })).toBeDefined();
});

test("the key ignores what is not signed, such as the idempotency token, and differs with what is", () => {
  const carrier = twilio();
  const key = (raw: RawWebhook): string | undefined => receive(carrier, raw)?.key;
  const good = webhook(t1.url, t1.params);
  expect(key({ ...good, headers: { ...good.headers, "i-twilio-idempotency-token": "other" } })).toBe(key(good));
  expect(key({ ...good, body: Buffer.from(good.body.toString().split("&").toReversed().join("&")) })).toBe(key(good));
  expect(key(webhook(`${publicUrl}?turn=2`, t1.params))).not.toBe(key(good));
});

test("counts a repeated field as Twilio does, but refuses a decisive one", () => {
  const fields: [string, string][] = [
    ["CallSid", callSid],
    ["CallStatus", "ringing"],
    ["Extra", "b"],
    ["Extra", "a"],
    ["Extra", "b"],
  ];
  const raw = (extra: [string, string][]): RawWebhook => {
    const sent = [...fields, ...extra];
    return {
      ...webhook(publicUrl, {}, signTwilioRequest(authToken, publicUrl, sent)),
      body: Buffer.from(new URLSearchParams(sent).toString()),
    };
  };
  expect(receive(twilio(), raw([]))).toBeDefined();
  expect(() => receive(twilio(), raw([["CallSid", "CA2"]]))).toThrow("holds CallSid more than once");
  expect(() => receive(twilio(), webhook(`${publicUrl}?callId=a&callId=b`, t1.params))).toThrow(
    "holds callId more than once",
  );
});

test("a genuine request without a CallSid cannot be read", () => {
  expect(() => receive(twilio(), webhook(publicUrl, { CallStatus: "ringing" }))).toThrow("no CallSid");
});

test("without verification the key is the same as with it", () => {
  const good = webhook(t1.url, t1.params, t1.signature);
  const unsigned = receive(twilio({ skipSignatureVerification: true }), { ...good, headers: {} });
  expect(unsigned?.key).toBe(receive(twilio(), good)?.key);
});

test("a refusal names the URLs tried, without query values, numbers or the token", () => {
  const logged: Logged[] = [];
  const carrier = twilio({ publicUrl: "https://voice.example.test:8443/voice?secret=canary", logged });
  expect(
    receive(carrier, webhook("https://voice.example.test:8443/voice?secret=canary", t1.params, "wrong")),
  ).toBeUndefined();
  expect(logged[0]?.fields).toEqual({
    urls: ["https://voice.example.test/voice?…", "https://voice.example.test:8443/voice?…"],
    signed: true,
  });
  expect(JSON.stringify(logged)).not.toMatch(/canary|0000001|0123456789abcdef/);
});

test("no mutation of a signed request passes, and none throws", () => {
  const carrier = twilio();
  const good = webhook(t1.url, t1.params, t1.signature);
  const places = { target: good.target, body: good.body.toString("latin1"), signature: t1.signature };
  const mutation = fc.record({
    place: fc.constantFrom<keyof typeof places>("target", "body", "signature"),
    at: fc.nat(),
    remove: fc.integer({ min: 0, max: 3 }),
    insert: fc.string({ unit: "binary", maxLength: 3 }),
  });
  let accepted = 0;
  let tried = 0;
  fc.assert(
    fc.property(mutation, ({ place, at, remove, insert }) => {
      const text = places[place];
      const from =
        place === "target"
          ? "/voice/twilio?".length + (at % (text.length - "/voice/twilio?".length))
          : at % text.length;
      const changed = { ...places, [place]: text.slice(0, from) + insert + text.slice(from + remove) };
      const body = Buffer.from(changed.body, "utf8");
      const sameContent =
        content(changed.target, body) === content(places.target, good.body) && changed.signature === places.signature;
      if (sameContent) return;
      tried += 1;
      const raw = { ...good, target: changed.target, headers: { "x-twilio-signature": changed.signature }, body };
      if (receive(carrier, raw) !== undefined) accepted += 1;
    }),
    { numRuns: 4000 },
  );
  expect(tried).toBeGreaterThan(2000);
  expect(accepted).toBe(0);
});

/** What the signature covers: the query as sent, then the decoded fields; Twilio's rule leaves out the separators. */
function content(target: string, body: Buffer): string {
  const fields = [...new URLSearchParams(body.toString())].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return target.slice(target.indexOf("?")) + fields.flat().join("");
}
