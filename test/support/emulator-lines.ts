// The lines of the contract suite whose carrier is an emulator: the public URL is one on the Internet, which it routes to loopback.
import {
  startPlivoEmulator,
  startTelnyxEmulator,
  startTwilioEmulator,
  type EmulatedCall,
  type PlivoEmulatedCall,
  type TelnyxCallView,
} from "../../src/emulator/index.ts";
import { foundIn, ours, publicUrl, type LineCall, type WebhookLine } from "./line.ts";

/** Each sends its webhooks to the port given. */
export const emulatorLines = { twilio: startTwilio, telnyx: startTelnyx, plivo: startPlivo };

const routesTo = (port: number) => [{ public: new URL(publicUrl).origin, target: `http://127.0.0.1:${port}` }];
const thrice = { fault: "duplicate", copies: 2, afterMs: 0 } as const;
const wrong = { fault: "wrong-signature" } as const;

async function startTwilio(port: number): Promise<WebhookLine> {
  const twilio = await startTwilioEmulator({ routes: routesTo(port), retryGapMs: 200 });
  const { accountSid, authToken, url } = twilio;
  const statusCallbackUrl = `${publicUrl}?kind=status`;
  const line: WebhookLine = {
    config: { accountSid, authToken, baseUrl: url },
    calls: () => Promise.resolve(twilio.calls.map(twilioCall)),
    call: async (id) => foundIn(await line.calls(), id),
    script: ({ outcome, ringMs, hangsUpWhileSpokenTo, isMachine }) =>
      twilio.script("*", {
        ...(isMachine && { answeredBy: "machine_end_beep" }),
        ...(outcome && { outcome }),
        ...(ringMs !== undefined && { ringMs }),
        ...(hangsUpWhileSpokenTo && { hangUpDuring: "say" as const }),
      }),
    inbound: (from) => Promise.resolve(twilio.inbound({ from, to: ours, voiceUrl: publicUrl, statusCallbackUrl }).sid),
    say: (id, text) => twilio.say(id, text),
    press: (id, digits) => void twilio.press(id, digits),
    hangUp: (id) => twilio.hangUp(id),
    faults: (fault) =>
      twilio.faults({
        webhooks: {
          "sent three times": [thrice],
          "sent again with a new signature": [thrice],
          swapped: [{ on: "ringing", fault: "hold-until", event: "answered" } as const],
          late: [{ on: "ringing", fault: "hold-until", event: "completed" } as const],
          forged: [wrong],
          "forged end": [{ on: "completed", ...wrong } as const],
        }[fault],
      }),
    [Symbol.asyncDispose]: () => twilio[Symbol.asyncDispose](),
  };
  return line;
}

function twilioCall(call: EmulatedCall): LineCall {
  return {
    id: call.sid,
    heard: call.heard.filter(({ kind }) => kind === "say").map(({ heard }) => heard),
    digits: call.digits,
    answered: call.answeredAt !== null,
    ended: call.endedAt !== null,
    listening: call.listening,
    rejects: call.documents.filter(({ xml }) => xml.includes("<Reject")).length,
    replies: call.webhooks.map(({ status }) => status),
  };
}

async function startTelnyx(port: number): Promise<WebhookLine> {
  const telnyx = await startTelnyxEmulator({ routes: routesTo(port), webhookUrl: publicUrl, retryGapMs: 500 });
  const { apiKey, connectionId, publicKey, url } = telnyx;
  const line: WebhookLine = {
    config: { apiKey, connectionId, publicKey, baseUrl: url },
    calls: () => Promise.resolve(telnyx.calls.map(telnyxCall)),
    call: async (id) => foundIn(await line.calls(), id),
    script: ({ outcome, ringMs, hangsUpWhileSpokenTo, isMachine }) =>
      telnyx.script("*", {
        ...(isMachine && { answeredBy: "machine" as const }),
        ...(outcome && { outcome }),
        ...(ringMs !== undefined && { ringMs }),
        ...(hangsUpWhileSpokenTo && { hangUpDuring: "speak" as const }),
      }),
    inbound: (from) => Promise.resolve(telnyx.inbound({ from, to: ours }).callControlId),
    say: (id, text) => telnyx.say(id, text),
    press: (id, digits) => void telnyx.press(id, digits),
    hangUp: (id) => telnyx.hangUp(id),
    faults: (fault) =>
      telnyx.faults({
        webhooks: {
          "sent three times": [thrice],
          "sent again with a new signature": [{ fault: "ignore-reply" } as const],
          swapped: [
            { on: "call.initiated", fault: "hold-until", event: "call.answered" } as const,
            { on: "call.speak.started", fault: "hold-until", event: "call.speak.ended" } as const,
          ],
          late: [{ on: "call.speak.started", fault: "hold-until", event: "call.hangup" } as const],
          forged: [wrong],
          "forged end": [{ on: "call.hangup", ...wrong } as const],
        }[fault],
      }),
    [Symbol.asyncDispose]: () => telnyx[Symbol.asyncDispose](),
  };
  return line;
}

function telnyxCall(call: TelnyxCallView): LineCall {
  return {
    id: call.callControlId,
    heard: call.heard.filter(({ kind }) => kind === "speak").map(({ heard }) => heard),
    digits: call.digits,
    answered: call.answeredAt !== null,
    ended: call.endedAt !== null,
    listening: call.listening && !call.speaking,
    rejects: call.commands.filter(({ action }) => action === "reject").length,
    replies: call.webhooks.map(({ status }) => status),
  };
}

async function startPlivo(port: number): Promise<WebhookLine> {
  const plivo = await startPlivoEmulator({ routes: routesTo(port), retryGapMs: 200 });
  const { authId, authToken, url } = plivo;
  const line: WebhookLine = {
    config: { authId, authToken, baseUrl: url },
    calls: () => Promise.resolve(plivo.calls.map(plivoCall)),
    call: async (id) => foundIn(await line.calls(), id),
    script: ({ outcome, ringMs, hangsUpWhileSpokenTo, isMachine }) =>
      plivo.script("*", {
        ...(isMachine && { answeredBy: "machine" as const }),
        ...(outcome && { outcome }),
        ...(ringMs !== undefined && { ringMs }),
        ...(hangsUpWhileSpokenTo && { hangUpDuring: "say" as const }),
      }),
    inbound: (from) =>
      Promise.resolve(plivo.inbound({ from, to: ours, answerUrl: publicUrl, hangupUrl: publicUrl }).callUuid),
    say: (id, text) => plivo.say(id, text),
    press: (id, digits) => void plivo.press(id, digits),
    hangUp: (id) => plivo.hangUp(id),
    faults: (fault) =>
      plivo.faults({
        webhooks: {
          "sent three times": [thrice],
          "sent again with a new signature": [{ fault: "retry", copies: 1, afterMs: 0 } as const],
          swapped: [{ on: "ring", fault: "hold-until", kind: "answer" } as const],
          late: [{ on: "ring", fault: "hold-until", kind: "hangup" } as const],
          forged: [wrong],
          "forged end": [{ on: "hangup", ...wrong } as const],
        }[fault],
      }),
    [Symbol.asyncDispose]: () => plivo[Symbol.asyncDispose](),
  };
  return line;
}

function plivoCall(call: PlivoEmulatedCall): LineCall {
  return {
    id: call.callUuid,
    heard: call.heard.filter(({ kind }) => kind === "say").map(({ heard }) => heard),
    digits: call.digits,
    answered: call.answeredAt !== null,
    ended: call.endedAt !== null,
    listening: call.listening,
    rejects: call.documents.filter(({ xml }) => /<Hangup[^>]*reason=/.test(xml)).length,
    replies: call.webhooks.map(({ status }) => status),
  };
}
