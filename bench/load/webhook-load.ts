// Generator process: plays whole calls over some connections, one webhook in flight on each, and prints what it saw.
// Run by `webhooks.ts` with a WebhookLoad as JSON in its only argument.
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicroseconds, quantile } from "../harness/measure.ts";
import { HttpConnection } from "./http-connection.ts";
import type { CarrierName, SignedWebhook } from "./accounts.ts";
import { plivoCall } from "./plivo-call.ts";
import { telnyxCall } from "./telnyx-call.ts";
import { twilioCall } from "./twilio-call.ts";

const incomingCall = { twilio: twilioCall, plivo: plivoCall, telnyx: telnyxCall };

export interface WebhookLoad {
  carrier: CarrierName;
  port: number;
  /** Whose CPU time is measured. */
  pid: number;
  connections: number;
  warmMs: number;
  measureMs: number;
  /** Signed before the clock starts; the load ends early when all are played. */
  calls: number;
  forgedShare: number;
  /** Between two webhooks of a connection, on average; absent: as fast as they are answered. */
  pauseMs?: number;
}

export interface WebhookLoadResult {
  requests: number;
  perSecond: number;
  p50Us: number;
  p99Us: number;
  cpuUs: number;
  /** Answers that are wrong: not 2xx to a genuine webhook, not 401 to a forged one. */
  wrong: number;
  forged: number;
  forgedAccepted: number;
}

async function play(load: WebhookLoad): Promise<WebhookLoadResult> {
  const calls = Array.from({ length: load.calls }, () => incomingCall[load.carrier](load.forgedShare));
  const latencies: number[] = [];
  const seen = { wrong: 0, forged: 0, forgedAccepted: 0 };
  const warmUntil = performance.now() + load.warmMs;
  const until = warmUntil + load.measureMs;
  let began: { at: number; cpu: number } | undefined;

  function judge({ forged }: SignedWebhook, status: number): void {
    const accepted = status >= 200 && status < 300;
    if (forged) seen.forged++;
    if (forged && accepted) seen.forgedAccepted++;
    if (forged ? status !== 401 : !accepted) seen.wrong++;
  }

  async function connection(): Promise<void> {
    using line = new HttpConnection(load.port);
    for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
      for (const webhook of call) {
        if (load.pauseMs !== undefined) await sleep(2 * Math.random() * load.pauseMs);
        const sentAt = performance.now();
        if (sentAt >= until) return;
        if (sentAt >= warmUntil) began ??= { at: sentAt, cpu: cpuMicroseconds(load.pid) };
        const { status } = await line.send(webhook.bytes);
        judge(webhook, status);
        if (sentAt >= warmUntil) latencies.push(performance.now() - sentAt);
      }
    }
  }

  await Promise.all(Array.from({ length: load.connections }, connection));
  const requests = latencies.length;
  const start = began ?? { at: Number.NaN, cpu: Number.NaN };
  return {
    requests,
    perSecond: (requests / (performance.now() - start.at)) * 1000,
    p50Us: quantile(latencies, 0.5) * 1000,
    p99Us: quantile(latencies, 0.99) * 1000,
    cpuUs: (cpuMicroseconds(load.pid) - start.cpu) / requests,
    ...seen,
  };
}

if (import.meta.main) {
  const load: WebhookLoad = JSON.parse(process.argv[2] ?? "");
  console.log(JSON.stringify(await play(load)));
}
