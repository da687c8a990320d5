// The published signature vectors, checked against the emulator's own signing and the official SDK.
import { expect, test } from "vitest";
import { startTelnyxEmulator } from "../../src/emulator/index.ts";
import { signingKey, signTelnyxWebhook } from "../../src/emulator/telnyx/signature.ts";
import { ended, isSigned, startTelnyxApp, telnyxFor, THEM, US } from "./telnyx-sdk.ts";

const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const X1 =
  '{"data":{"record_type":"event","event_type":"call.initiated","id":"11111111-1111-4111-8111-111111111111","occurred_at":"2026-01-06T10:00:00.000000Z","payload":{"call_control_id":"v3:test","direction":"incoming","state":"parked"}},"meta":{"attempt":1,"delivered_to":"https://voice.example.test/voice/telnyx"}}';
const X2 =
  '{"data":{"event_type":"call.transcription","payload":{"transcription_data":{"transcript":"héllo 你好","is_final":true}}}}';

test.each([
  ["X1", "1767693600", X1, "KTdEt9dNPsKOz9pa7M36yYI3ROAIOckwqBYUE3ArezCvRAeJmwn2mslSO20iTR6ZLz+DU9Ge8YwMcCijfTkOBg=="],
  ["X2", "1767693601", X2, "vRQNKdW9SVtyZTCdgJ2fKa3abzWLuL8ULXcmCte6Ow9JxQUaHSR3DQSUgf0v2wlzl1wxxCplCEnmlbpEhJO9CA=="],
  [
    "X3",
    "1767693602",
    "{}",
    "TOBwdFEMgar+54ZL45/r6EEmpQOBmuef7AdpNAyryX8XETpX75WYX/D+Y4HtHEfhoBmg4SfoqofX/9aFvm2cCA==",
  ],
])("signs the vector %s", (_name, timestamp, body, expected) => {
  const key = signingKey(SEED);
  expect(key.publicKey).toBe("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
  expect(signTelnyxWebhook(key, timestamp, body)).toBe(expected);
  expect(signTelnyxWebhook(key, `${timestamp}0`, body)).not.toBe(expected);
  expect(signTelnyxWebhook(key, timestamp, `${body} `)).not.toBe(expected);
});

test("the SDK verifies what the emulator sends, and nothing that was changed on the way", async () => {
  await using app = await startTelnyxApp();
  await using emulator = await startTelnyxEmulator({ webhookUrl: `${app.url}/voice`, callee: { outcome: "busy" } });
  const client = telnyxFor(emulator);
  await client.calls.dial({ connection_id: emulator.connectionId, to: THEM, from: US });
  await ended(emulator);
  expect(app.received).toHaveLength(2);
  for (const received of app.received) {
    const { body } = received;
    const headers = Object.fromEntries(Object.entries(received.headers).map(([name, value]) => [name, String(value)]));
    expect(isSigned(received, emulator.publicKey)).toBe(true);
    expect(await client.webhooks.unwrap(body, { headers })).toMatchObject({ data: { record_type: "event" } });
    await expect(
      client.webhooks.unwrap(body.replace("busy", "bizi").replace("bridging", "bri"), { headers }),
    ).rejects.toThrow(/signature/i);
  }
});
