import { Agent, request } from "node:http";
import { expect, test } from "vitest";
import type { RawWebhook } from "../../src/daemon/carriers/carrier.ts";
import * as plivo from "../carriers/plivo-fixture.ts";
import * as telnyx from "../carriers/telnyx-fixture.ts";
import * as twilio from "../carriers/twilio-fixture.ts";
import { createHome, freePort } from "../support/daemon.ts";
import { randomsFrom } from "../support/randoms.ts";

const rounds = 10_000;
const alongside = 16;
const from = "+15005550001";
const ours = "+15005550006";

interface Genuine {
  publicUrl: string;
  config: Record<string, unknown>;
  /** A caller's first webhook, rightly signed. */
  webhook(): RawWebhook;
  signed: string[];
}

const carriers: Record<string, Genuine> = {
  twilio: {
    publicUrl: twilio.publicUrl,
    config: { accountSid: twilio.accountSid, authToken: twilio.authToken },
    webhook: () =>
      twilio.webhook(`${twilio.publicUrl}?a=query&of=ours`, {
        CallSid: twilio.callSid,
        CallStatus: "ringing",
        Direction: "inbound",
        From: from,
        To: ours,
      }),
    signed: ["x-twilio-signature"],
  },
  telnyx: {
    publicUrl: telnyx.publicUrl,
    config: { apiKey: telnyx.apiKey, connectionId: telnyx.connectionId, publicKey: telnyx.publicKey },
    webhook: () =>
      telnyx.signed(
        telnyx.eventBody("call.initiated", { direction: "incoming", state: "parked", from, to: ours }),
        Math.floor(Date.now() / 1000),
      ),
    signed: ["telnyx-signature-ed25519", "telnyx-timestamp"],
  },
  plivo: {
    publicUrl: plivo.publicUrl,
    config: { authId: plivo.authId, authToken: plivo.authToken },
    webhook: () =>
      plivo.webhook(`${plivo.publicUrl}?a=query&of=ours`, {
        CallUUID: plivo.callUuid,
        CallStatus: "ringing",
        Direction: "inbound",
        Event: "StartApp",
        From: from.slice(1),
        To: ours.slice(1),
      }),
    signed: ["x-plivo-signature-v3", "x-plivo-signature-v3-nonce"],
  },
};

/**
 * Changes letters and digits only: to put separators, escapes or padding otherwise may leave what is signed as it was, and
 * would rightly pass.
 */
function mutated(text: string, random: (below: number) => number): string {
  const places = [...text.matchAll(/%[0-9A-F]{2}|[0-9A-Za-z]/g)].filter(({ 0: found }) => found.length === 1);
  const at = places[random(places.length)]?.index ?? 0;
  const letter = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[random(62)] ?? "";
  const kept = random(3) === 0 ? at : at + 1;
  return text.slice(0, at) + (random(4) === 0 ? "" : letter.repeat(1 + random(3))) + text.slice(kept);
}

test.each(Object.entries(carriers))(
  "of 10,000 mutations of a signed webhook of %s none is accepted, and none harms the daemon",
  async (name, { publicUrl, config, webhook, signed }) => {
    const port = await freePort();
    await using home = await createHome({
      provider: name,
      fromNumber: ours,
      publicUrl,
      serve: { port, path: new URL(publicUrl).pathname },
      inboundPolicy: "disabled",
      [name]: { ...config, baseUrl: "http://127.0.0.1:9" },
    });
    const voice = await home.connect();
    const agent = new Agent({ keepAlive: true, maxSockets: alongside });
    const good = webhook();
    expect(await send(good, { port, agent })).toBe(200);
    const before = await voice.system.health();
    expect(before.lastSeq).toBeGreaterThan(0);
    const random = randomsFrom(name);
    const statuses = new Map<number, number>();
    const one = async (): Promise<void> => {
      const bad = mutationOf(good, signed, random);
      if (JSON.stringify(bad) === JSON.stringify(good)) return one();
      const status = await send(bad, { port, agent });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    const left = Array.from({ length: rounds }).values();
    const worker = async (): Promise<void> => {
      for (const _round of left) await one();
    };
    await Promise.all(Array.from({ length: alongside }, worker));
    agent.destroy();
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(rounds);
    expect([...statuses.keys()].filter((status) => status < 400 || status >= 500)).toEqual([]);
    const after = await voice.system.health();
    expect({ pid: after.pid, lastSeq: after.lastSeq }).toEqual({ pid: before.pid, lastSeq: before.lastSeq });
  },
);

/** The request with something changed that the signature covers, or in the signature. */
function mutationOf(good: RawWebhook, signed: string[], random: (below: number) => number): RawWebhook {
  const [path = "", query = ""] = good.target.split("?");
  const which = random(3);
  if (which === 0 && query !== "") return { ...good, target: `${path}?${mutated(query, random)}` };
  if (which === 1) {
    const name = signed[random(signed.length)] ?? "";
    return { ...good, headers: { ...good.headers, [name]: mutated(String(good.headers[name]), random) } };
  }
  return { ...good, body: Buffer.from(mutated(good.body.toString(), random)) };
}

function send({ method, target, headers, body }: RawWebhook, to: { port: number; agent: Agent }): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...to, host: "127.0.0.1", method, path: target, headers: { ...headers } }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
