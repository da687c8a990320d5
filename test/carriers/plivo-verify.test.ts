// Plivo's signature: published vectors, ports, lists, forgeries, and keys that only signed bytes can change.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawWebhook } from "../../src/daemon/carriers/carrier.ts";
import { signV2 } from "../../src/emulator/plivo/signature.ts";
import {
  authId,
  authToken,
  callUuid,
  type Logged,
  nonce,
  plivo,
  publicUrl,
  receive,
  requestUuid,
  webhook,
} from "./plivo-fixture.ts";

const params = {
  CallUUID: callUuid,
  From: "15550000001",
  To: "15550000002",
  Direction: "inbound",
  CallStatus: "ringing",
  Event: "StartApp",
};
const p1 = {
  url: "https://voice.example.test/voice/plivo/answer",
  params,
  signature: "HLgfASrFshtNlz3g/XuA3oAm6Z7rEkMSDEQQSZXQe00=",
};
const p2 = {
  url: "https://voice.example.test/voice/plivo/input?turn=1&callId=abc",
  params: {
    ...params,
    CallStatus: "in-progress",
    InputType: "speech",
    Speech: "héllo you",
    SpeechConfidenceScore: "0.91",
    Digits: "",
  },
  signature: "t7EKGwzvvCFZMzy9ZP6LnerDFkCquRUQbzXjP43T40U=",
};
const p3 = {
  url: "https://voice.example.test/voice/plivo/answer?CallUUID=x&From=15550000001",
  params: {},
  signature: "vfmIa5phBle0WvhZBu2xkHmUd4ZgA3lS/lSgJcpFTR0=",
};
const p4 = {
  url: "http://voice.example.test/voice/plivo/stream/abc?t=1",
  params: {},
  signature: "QukMTaWkexNqh6sZoe4Zo35GUny93nxhjqTAg7pjfvI=",
};
const v2 = "qbW0UKHO7J49PMAzztg7fwOgKbJEdJWRoULKf0ksK1I=";

const at = (url: string): { publicUrl: string } => ({ publicUrl: url.replace(/\?.*/, "") });

test("P1: a signed call that comes in", () => {
  const read = receive(plivo(at(p1.url)), webhook(p1.url, p1.params, p1));
  expect(read).toMatchObject({ carrierCallId: callUuid, wantsDocument: true });
});

test("P2: a signed result of speech, with a query in another order", () => {
  const carrier = plivo(at(p2.url));
  expect(receive(carrier, webhook(p2.url, p2.params, p2))).toMatchObject({ callId: "abc", wantsDocument: true });
  const turned = p2.url.replace("turn=1&callId=abc", "callId=abc&turn=1");
  expect(receive(carrier, webhook(turned, p2.params, p2))).toBeDefined();
});

test("P3: a signed GET, whose fields are its query", () => {
  const read = receive(plivo(at(p3.url)), webhook(p3.url, p3.params, { method: "GET", ...p3 }));
  expect(read).toMatchObject({ carrierCallId: "x" });
});

test("P4: the signature over an http URL is right, though it names no call", () => {
  const carrier = plivo(at(p4.url));
  expect(() => receive(carrier, webhook(p4.url, p4.params, { method: "GET", ...p4 }))).toThrow("no CallUUID");
  expect(receive(carrier, webhook(p4.url, p4.params, { method: "GET", signature: p3.signature }))).toBeUndefined();
});

test("the second version of the signature, which covers no fields, is refused (openclaw 2026.3.23)", () => {
  expect(signV2(authToken, p1.url, nonce)).toBe(v2);
  const carrier = plivo(at(p1.url));
  const good = webhook(p1.url, p1.params, p1);
  const headers = { "x-plivo-signature-v2": v2, "x-plivo-signature-ma-v2": v2, "x-plivo-signature-v2-nonce": nonce };
  expect(receive(carrier, { ...good, headers })).toBeUndefined();
  const dressed = { "x-plivo-signature-v3": v2, "x-plivo-signature-v3-nonce": nonce };
  expect(receive(carrier, { ...good, headers: { ...headers, ...dressed } })).toBeUndefined();
});

test.each([
  ["https://voice.example.test/voice", "https://voice.example.test:443/voice"],
  ["http://127.0.0.1/voice", "http://127.0.0.1:80/voice"],
  ["https://voice.example.test:8443/voice", "https://voice.example.test:8443/voice"],
  ["https://[2001:db8::1]:8443/voice", "https://[2001:db8::1]/voice"],
  ["https://voice.example.test", "https://voice.example.test/"],
])("takes %s and %s for the same, under one key", (configured, signed) => {
  const carrier = plivo({ publicUrl: configured });
  const canonical = signed.replace(/:\d+(?=\/)/, "");
  const keys = [signed, canonical].map((url) => receive(carrier, webhook(`${url}?kind=hold`, params))?.key);
  expect(keys[0]).toMatch(/^plivo:.{44}$/);
  expect(keys[0]).toBe(keys[1]);
});

test("one right signature in a list is enough, in the account's header or its main account's", () => {
  const carrier = plivo(at(p1.url));
  const wrong = p2.signature;
  const accepted = (main: string, mainAccount?: string): boolean => {
    const headers = { "x-plivo-signature-v3": main, "x-plivo-signature-ma-v3": mainAccount };
    const raw = webhook(p1.url, p1.params);
    return receive(carrier, { ...raw, headers: { ...headers, "x-plivo-signature-v3-nonce": nonce } }) !== undefined;
  };
  expect(accepted(`${wrong},${p1.signature}`)).toBe(true);
  expect(accepted(`${p1.signature}, ${wrong}`)).toBe(true);
  expect(accepted(wrong, p1.signature)).toBe(true);
  expect(accepted(`${wrong},${wrong}`, wrong)).toBe(false);
  expect(accepted(`${wrong}${p1.signature}`)).toBe(false);
  expect(accepted(",")).toBe(false);
});

test("refuses another sender, wrong, absent and doubled headers, another token, host and method", () => {
  const carrier = plivo(at(p1.url));
  const good = webhook(p1.url, p1.params, p1);
  expect(receive(carrier, webhook(p1.url, { ...p1.params, From: "15550000009" }, p1))).toBeUndefined();
  for (const signature of ["", undefined, [p1.signature], [p1.signature, p1.signature], p1.signature.toLowerCase()]) {
    expect(
      receive(carrier, { ...good, headers: { ...good.headers, "x-plivo-signature-v3": signature } }),
    ).toBeUndefined();
  }
  for (const number of ["", undefined, [nonce], `${nonce}, ${nonce}`, `${nonce}1`, `.${nonce}`, "x".repeat(9000)]) {
    const headers = { ...good.headers, "x-plivo-signature-v3-nonce": number };
    expect(receive(carrier, { ...good, headers })).toBeUndefined();
  }
  expect(receive(plivo({ ...at(p1.url), config: { authId, authToken: "another" } }), good)).toBeUndefined();
  expect(receive(plivo({ publicUrl: "https://other.example.test/voice/plivo/answer" }), good)).toBeUndefined();
  for (const method of ["GET", "PUT", "HEAD", "post", ""])
    expect(receive(carrier, { ...good, method })).toBeUndefined();
  const elsewhere = { ...good.headers, host: "other.example.test", "x-forwarded-host": "other.example.test" };
  expect(receive(carrier, { ...good, headers: elsewhere })).toBeDefined();
});

test("the key ignores order and what is not signed, and differs with what is (CVE-2026-41395)", () => {
  const url = `${publicUrl}?kind=turn&turn=t1&step=1`;
  const carrier = plivo();
  const key = (raw: RawWebhook): string | undefined => receive(carrier, raw)?.key;
  const good = webhook(url, params);
  const reordered = Buffer.from(good.body.toString().split("&").toReversed().join("&"));
  expect(key({ ...good, body: reordered })).toBe(key(good));
  expect(key({ ...good, target: good.target.replace("kind=turn&turn=t1", "turn=t1&kind=turn") })).toBe(key(good));
  expect(key({ ...good, headers: { ...good.headers, "x-request-id": "other" } })).toBe(key(good));
  const others = [
    webhook(url, params, { nonce: "20260106100000000002" }),
    webhook(`${publicUrl}?kind=turn&turn=t1&step=2`, params),
    webhook(url, { ...params, From: "15550000009" }),
    webhook(`${publicUrl}?kind=turn&turn=t1`, { ...params, step: "1" }),
  ];
  expect(new Set([good, ...others].map(key)).size).toBe(5);
});

test("another arrangement of the same signed bytes is no news", () => {
  const carrier = plivo();
  const good = webhook(`${publicUrl}?kind=hold`, { ...params, BillRate: "0.0085" });
  const moved = { ...good, body: Buffer.from(good.body.toString().replace("BillRate=0.0085", "BillRate0=.0085")) };
  expect(receive(carrier, moved)?.key).toBe(receive(carrier, good)?.key);
});

test("counts repeated fields as Plivo does, but refuses a decisive one", () => {
  const carrier = plivo();
  const twice = `${publicUrl}?kind=hold&extra=b&extra=a`;
  expect(receive(carrier, webhook(twice, params))).toBeDefined();
  expect(() => receive(carrier, webhook(`${publicUrl}?callId=a&callId=b`, params))).toThrow("callId more than once");
  const get = `${publicUrl}?CallUUID=a&CallUUID=b`;
  expect(() => receive(carrier, webhook(get, {}, { method: "GET" }))).toThrow("CallUUID more than once");
});

test("what a POST's query says in Plivo's names counts for nothing", () => {
  const carrier = plivo();
  const read = receive(carrier, webhook(`${publicUrl}?CallUUID=x&From=1&RequestUUID=y`, params));
  expect(read).toMatchObject({
    carrierCallId: callUuid,
    facts: [{ type: "incoming", from: "+15550000001" }, { type: "ready" }],
  });
  expect(() => receive(carrier, webhook(`${publicUrl}?CallUUID=x`, {}))).toThrow("no CallUUID");
});

test("without verification the key is the same as with it, and none is needed", () => {
  const good = webhook(p1.url, p1.params, p1);
  const open = plivo({ ...at(p1.url), skipSignatureVerification: true });
  const bare = { "x-plivo-signature-v3-nonce": nonce };
  expect(receive(open, { ...good, headers: bare })?.key).toBe(receive(plivo(at(p1.url)), good)?.key);
  expect(receive(open, { ...good, headers: {} })).toBeDefined();
});

test("a refusal names the URLs tried, without query values, numbers or the token", () => {
  const logged: Logged[] = [];
  const url = "https://voice.example.test:8443/voice?secret=canary";
  const carrier = plivo({ publicUrl: url, logged });
  expect(
    receive(carrier, webhook(url, { ...params, RequestUUID: requestUuid }, { signature: "wrong" })),
  ).toBeUndefined();
  expect(logged[0]?.fields).toEqual({
    urls: ["https://voice.example.test/voice?…", "https://voice.example.test:8443/voice?…"],
    signed: true,
    nonce: true,
  });
  expect(JSON.stringify(logged)).not.toMatch(/canary|0000001|PLIVOFAKE/);
});

test("no mutation of a signed request passes, and none throws", () => {
  const url = `${publicUrl}?kind=turn&turn=t1&callId=abc`;
  const good = webhook(url, p2.params);
  const carrier = plivo();
  const signature = String(good.headers["x-plivo-signature-v3"]);
  const places = { target: good.target, body: good.body.toString("latin1"), signature, nonce };
  const path = good.target.indexOf("?") + 1;
  const mutation = fc.record({
    place: fc.constantFrom<keyof typeof places>("target", "body", "signature", "nonce"),
    at: fc.nat(),
    remove: fc.integer({ min: 0, max: 3 }),
    insert: fc.string({ unit: "binary", maxLength: 3 }),
  });
  const original = meaning(places, good.body);
  let accepted = 0;
  let tried = 0;
  fc.assert(
    fc.property(mutation, ({ place, at: where, remove, insert }) => {
      const text = places[place];
      const from = place === "target" ? path + (where % (text.length - path)) : where % text.length;
      const changed = { ...places, [place]: text.slice(0, from) + insert + text.slice(from + remove) };
      const body = Buffer.from(changed.body, "utf8");
      if (meaning(changed, body) === original) return;
      tried += 1;
      const headers = { "x-plivo-signature-v3": changed.signature, "x-plivo-signature-v3-nonce": changed.nonce };
      if (receive(carrier, { ...good, target: changed.target, headers, body }) !== undefined) accepted += 1;
    }),
    { numRuns: 4000 },
  );
  expect(tried).toBeGreaterThan(2500);
  expect(accepted).toBe(0);
});

/** What the signature covers, written down again: Plivo's rule leaves out the separators of fields. */
function meaning({ target, signature, nonce: number }: Record<string, string>, body: Buffer): string {
  const ordered = (text = ""): [string, string][] =>
    [...new URLSearchParams(text)].toSorted(([a, x], [b, y]) =>
      a === b ? Number(x > y) - Number(x < y) : a < b ? -1 : 1,
    );
  const query = ordered(target?.slice(target.indexOf("?"))).map(([name, value]) => `${name}=${value}`);
  const fields = ordered(body.toString()).flat().join("");
  // A list of signatures is read without the spaces and commas around the right one.
  const signed =
    signature
      ?.split(",")
      .find((one) => one.trim().length === 44)
      ?.trim() ?? "";
  return `${query.join("&")}.${fields}.${number} ${signed}`;
}
