// How a stream is opened and given up on each carrier, and how a machine is looked for.
import { expect, test } from "vitest";
import type { Carrier, DialOrder } from "../../src/daemon/carriers/carrier.ts";
import type { CarrierMedia } from "../../src/daemon/carriers/media.ts";
import { parsePlivoXml } from "../../src/emulator/plivo/plivo-xml.ts";
import { parseTwiml } from "../../src/emulator/twilio/twiml.ts";
import { parseXml, textOf } from "../../src/emulator/xml.ts";
import * as onPlivo from "./plivo-fixture.ts";
import * as plivoServer from "./plivo-server.ts";
import * as onTelnyx from "./telnyx-fixture.ts";
import * as telnyxServer from "./telnyx-server.ts";
import * as onTwilio from "./twilio-fixture.ts";
import * as twilioServer from "./twilio-server.ts";

const streamUrl = "wss://voice.example.test/voice/stream/t0k&n";
const url = (): string => streamUrl;
const { signal } = new AbortController();
const order: DialOrder = {
  callId: onTwilio.callId,
  from: "+15550000001",
  to: "+15550000002",
  mode: "conversation",
  ringTimeoutMs: 30_000,
  maxDurationMs: 300_000,
  detectMachine: true,
};

function mediaOf({ capabilities, media }: Carrier): CarrierMedia {
  expect(capabilities.streams).toBe(true);
  if (media === undefined) throw new Error("no media");
  return media;
}

test("Twilio is pushed a document that streams, then asks what to do next; to end a stream nothing is needed", async () => {
  await using server = await twilioServer.against(twilioServer.call("in-progress"));
  const media = mediaOf(server.carrier);
  await media.attach(twilioServer.leg, url, signal);
  await media.detach(twilioServer.leg, signal);
  expect(server.received).toHaveLength(1);
  const { verbs, warnings } = parseTwiml(server.received[0]?.form.get("Twiml") ?? "");
  expect(warnings).toEqual([]);
  expect(verbs).toMatchObject([
    { verb: "Connect", url: streamUrl, action: null },
    { verb: "Redirect", method: "POST", url: expect.stringContaining(`?callId=${onTwilio.callId}&kind=stream&step=`) },
  ]);
});

test("digits end a stream on Twilio, so it opens again behind them", async () => {
  await using server = await twilioServer.against(twilioServer.call("in-progress"));
  await server.carrier.sendDigits(twilioServer.leg, { digits: "12#", streamUrl }, signal);
  const { verbs } = parseTwiml(server.received[0]?.form.get("Twiml") ?? "");
  expect(verbs).toMatchObject([
    { verb: "Play", digits: "12#" },
    { verb: "Connect", url: streamUrl },
    { verb: "Redirect", url: expect.stringContaining("&kind=stream&") },
  ]);
});

test("a document names a socket of its own each time", () => {
  const traits = { ...onTwilio.liveCall().traits, streams: true };
  const twiml = onTwilio.document(onTwilio.twilio(), onTwilio.liveCall({ traits }));
  const [connect] = parseTwiml(twiml).verbs;
  const ours = `wss://voice.example.test/voice/stream/token-of-${onTwilio.callId}`;
  expect(connect).toMatchObject({ url: ours });
  const [stream] = parseXml(onPlivo.document(onPlivo.plivo(), onPlivo.liveCall({ traits }))).children;
  expect(textOf(stream ?? "")).toBe(ours);
});

test("Plivo is sent to fetch the document that streams: both ways, µ-law, and the call stays up behind it", async () => {
  await using server = await plivoServer.against([plivoServer.transferred]);
  await mediaOf(server.carrier).attach(plivoServer.leg, url, signal);
  expect(server.received).toMatchObject([{ order: `POST Call/${onPlivo.callUuid}/`, body: { legs: "aleg" } }]);
  expect(JSON.stringify(server.received)).not.toContain("t0k");
  const traits = { ...onPlivo.liveCall().traits, streams: true };
  const xml = onPlivo.document(onPlivo.plivo(), onPlivo.liveCall({ traits }));
  expect(parsePlivoXml(xml, "hang-up").warnings).toEqual([]);
  const [stream, redirect] = parseXml(xml).children;
  expect(typeof stream === "string" ? {} : Object.fromEntries(stream?.attributes ?? [])).toEqual({
    bidirectional: "true",
    keepCallAlive: "true",
    audioTrack: "inbound",
    contentType: "audio/x-mulaw;rate=8000",
  });
  expect(textOf(redirect ?? "")).toContain("&kind=stream&step=");
});

test("Telnyx streams by a command that pins µ-law both ways, and stops by another", async () => {
  await using server = await telnyxServer.against(telnyxServer.ok, telnyxServer.ok);
  const media = mediaOf(server.carrier);
  await media.attach(telnyxServer.leg, url, signal);
  await media.detach(telnyxServer.leg, signal);
  const command_id = expect.stringMatching(new RegExp(`^${onTelnyx.callId}-`)) as unknown;
  expect(server.received.map(({ path, body }) => [path.split("/").at(-1), body])).toEqual([
    [
      "streaming_start",
      {
        stream_url: streamUrl,
        stream_track: "inbound_track",
        stream_codec: "PCMU",
        stream_bidirectional_mode: "rtp",
        stream_bidirectional_codec: "PCMU",
        stream_bidirectional_sampling_rate: 8000,
        command_id,
      },
    ],
    ["streaming_stop", { command_id }],
  ]);
  expect(server.received[0]?.body["command_id"]).not.toBe(server.received[1]?.body["command_id"]);
});

test("giving up a stream that is not there, or of a call that is over, is no error on Telnyx", async () => {
  await using server = await telnyxServer.against(
    telnyxServer.refusal(422, "90046", "no stream"),
    telnyxServer.refusal(422, "90018", "ended"),
    telnyxServer.refusal(422, "90018", "ended"),
  );
  const media = mediaOf(server.carrier);
  await media.detach(telnyxServer.leg, signal);
  await media.detach(telnyxServer.leg, signal);
  expect(await telnyxServer.failure(media.attach(telnyxServer.leg, url, signal))).toMatchObject({
    code: "CARRIER_REFUSED",
    carrierCode: "90018",
  });
});

test("a stream that Telnyx still holds for running is stopped before the new one, once", async () => {
  const active = telnyxServer.refusal(422, "90045", "streaming");
  await using server = await telnyxServer.against(active, telnyxServer.ok, telnyxServer.ok, active, active, active);
  const media = mediaOf(server.carrier);
  await media.attach(telnyxServer.leg, url, signal);
  const actions = (): (string | undefined)[] => server.received.map(({ path }) => path.split("/").at(-1));
  expect(actions()).toEqual(["streaming_start", "streaming_stop", "streaming_start"]);
  expect(await telnyxServer.failure(media.attach(telnyxServer.leg, url, signal))).toMatchObject({
    carrierCode: "90045",
  });
  expect(actions()).toHaveLength(6);
});

test("a machine is looked for only when that is asked for, and without making the call wait", async () => {
  const plain = { ...order, detectMachine: false };
  await using twilio = await twilioServer.against(
    twilioServer.json(201, { sid: onTwilio.callSid }),
    twilioServer.json(201, { sid: onTwilio.callSid }),
  );
  await twilio.carrier.dial(order, signal);
  await twilio.carrier.dial(plain, signal);
  const [asked, not] = twilio.received.map(({ form }) => Object.fromEntries(form));
  expect(asked).toMatchObject({
    MachineDetection: "DetectMessageEnd",
    AsyncAmd: "true",
    AsyncAmdStatusCallback: expect.stringContaining(`?callId=${order.callId}&kind=detected&step=`) as unknown,
    AsyncAmdStatusCallbackMethod: "POST",
  });
  expect(Object.keys(not ?? {}).filter((name) => /machine|amd/i.test(name))).toEqual([]);

  const placed = telnyxServer.json(200, { data: { call_control_id: onTelnyx.carrierCallId } });
  await using telnyx = await telnyxServer.against(placed, placed);
  await telnyx.carrier.dial(order, signal);
  await telnyx.carrier.dial(plain, signal);
  expect(telnyx.received.map(({ body }) => body["answering_machine_detection"])).toEqual(["greeting_end", undefined]);

  const fired = plivoServer.json(201, { request_uuid: onPlivo.requestUuid });
  await using plivo = await plivoServer.against([fired, fired]);
  await plivo.carrier.dial(order, signal);
  await plivo.carrier.dial(plain, signal);
  expect(plivo.received[0]?.body).toMatchObject({
    machine_detection: "true",
    machine_detection_url: expect.stringContaining(`?callId=${order.callId}&kind=detected&step=`) as unknown,
    machine_detection_method: "POST",
  });
  expect(Object.keys(plivo.received[1]?.body ?? {}).filter((name) => name.includes("machine"))).toEqual([]);
});
