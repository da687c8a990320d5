// Who may open a media socket: published vectors, ports, forgeries, and what a refusal tells.
import { expect, test } from "vitest";
import type { Carrier } from "../../src/daemon/carriers/carrier.ts";
import type { RawUpgrade } from "../../src/daemon/carriers/media.ts";
import { signTwilioRequest } from "../../src/emulator/twilio/signature.ts";
import { plivo } from "./plivo-fixture.ts";
import { telnyx } from "./telnyx-fixture.ts";
import { authToken, type Logged, twilio } from "./twilio-fixture.ts";

function verdict(carrier: Carrier, raw: RawUpgrade): string {
  if (carrier.media === undefined) throw new Error("no media");
  return carrier.media.verify(raw);
}

const twilioUpgrade: RawUpgrade = {
  target: "/voice/stream/abc",
  headers: { "x-twilio-signature": "FLONxlQRbDK32kzlAUm1Bb4Gr4w=", host: "elsewhere.example" },
};
const plivoToken = "PLIVOFAKETOKEN0123456789";
const plivoUpgrade: RawUpgrade = {
  target: "/voice/plivo/stream/abc?t=1",
  headers: {
    "x-plivo-signature-v3": "QukMTaWkexNqh6sZoe4Zo35GUny93nxhjqTAg7pjfvI=",
    "x-plivo-signature-v3-nonce": "20260106100000000001",
  },
};

test("Twilio signs the wss form of the URL", () => {
  expect(verdict(twilio(), twilioUpgrade)).toBe("signed");
});

test("Twilio's signature over the https form, over another path, another host or by another token is wrong", () => {
  const signed = (signature: unknown): RawUpgrade => ({
    ...twilioUpgrade,
    headers: { "x-twilio-signature": signature as string },
  });
  for (const signature of ["XK+F2kPCXu3S2vYtSokso1YVTu8=", "", undefined, ["FLONxlQRbDK32kzlAUm1Bb4Gr4w="]]) {
    expect(verdict(twilio(), signed(signature))).toBe("wrong");
  }
  expect(verdict(twilio(), { ...twilioUpgrade, target: "/voice/stream/abd" })).toBe("wrong");
  expect(verdict(twilio({ publicUrl: "https://other.example.test/voice/twilio" }), twilioUpgrade)).toBe("wrong");
  expect(verdict(twilio({ config: { accountSid: "AC1", authToken: "another" } }), twilioUpgrade)).toBe("wrong");
});

test.for([
  ["https://voice.example.test:8443/voice", "wss://voice.example.test:8443/voice/stream/abc"],
  ["https://voice.example.test:8443/voice", "wss://voice.example.test/voice/stream/abc"],
  ["https://voice.example.test/voice", "wss://voice.example.test:443/voice/stream/abc"],
  ["http://127.0.0.1:3334/voice", "ws://127.0.0.1:3334/voice/stream/abc"],
] as const)("with the public URL %s Twilio may sign %s", ([publicUrl, url]) => {
  const raw = { target: "/voice/stream/abc", headers: { "x-twilio-signature": signTwilioRequest(authToken, url) } };
  expect(verdict(twilio({ publicUrl }), raw)).toBe("signed");
});

test("an origin that a trusted proxy names counts, and a path in it does not", () => {
  const signature = signTwilioRequest(authToken, "wss://tunnel.example.test/voice/stream/abc");
  const raw = { target: "/voice/stream/abc", headers: { "x-twilio-signature": signature } };
  expect(verdict(twilio(), raw)).toBe("wrong");
  expect(verdict(twilio(), { ...raw, alsoAt: ["https://tunnel.example.test"] })).toBe("signed");
});

test("Plivo signs the http form of the URL, as a GET; a list of signatures may hold it", () => {
  const carrier = plivo({ config: { authId: "MA1", authToken: plivoToken } });
  expect(verdict(carrier, plivoUpgrade)).toBe("signed");
  const { "x-plivo-signature-v3": signature, ...nonce } = plivoUpgrade.headers;
  const main = { ...nonce, "x-plivo-signature-ma-v3": `AAAA, ${String(signature)}` };
  expect(verdict(carrier, { ...plivoUpgrade, headers: main })).toBe("signed");
});

test("Plivo's signature without its nonce, over another query, or by another token is wrong", () => {
  const carrier = plivo({ config: { authId: "MA1", authToken: plivoToken } });
  const { "x-plivo-signature-v3-nonce": _nonce, ...signature } = plivoUpgrade.headers;
  expect(verdict(carrier, { ...plivoUpgrade, headers: signature })).toBe("wrong");
  expect(verdict(carrier, { ...plivoUpgrade, headers: {} })).toBe("wrong");
  expect(verdict(carrier, { ...plivoUpgrade, target: "/voice/plivo/stream/abc?t=2" })).toBe("wrong");
  const other = plivo({ config: { authId: "MA1", authToken: "another" } });
  expect(verdict(other, plivoUpgrade)).toBe("wrong");
});

test("Telnyx signs none, so the token alone counts; so it is for all where verification is off", () => {
  expect(verdict(telnyx(), { target: "/voice/stream/abc", headers: {} })).toBe("unsigned");
  expect(verdict(twilio({ skipSignatureVerification: true }), { target: "/", headers: {} })).toBe("unsigned");
  expect(verdict(plivo({ skipSignatureVerification: true }), { target: "/", headers: {} })).toBe("unsigned");
});

test("a refusal names hosts, and never the path, which holds the token", () => {
  const logged: Logged[] = [];
  verdict(twilio({ logged }), { target: "/voice/stream/canary", headers: {} });
  verdict(plivo({ logged }), { target: "/voice/stream/canary?x=canary", headers: {} });
  expect(logged).toHaveLength(2);
  expect(logged[0]?.fields).toEqual({
    hosts: ["wss://voice.example.test", "wss://voice.example.test:443"],
    signed: false,
  });
  expect(JSON.stringify(logged)).not.toContain("canary");
});
