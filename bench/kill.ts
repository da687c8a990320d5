// `kill -9` under webhook load, again and again: what was acknowledged must be in the log, once, with its first reply.
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, freePort, preparePlace, startDaemon, carrierConfig } from "./harness/daemon.ts";
import { cpuMicroseconds } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import { HttpConnection } from "./load/http-connection.ts";
import type { SignedWebhook } from "./load/accounts.ts";
import { twilioCall } from "./load/twilio-call.ts";

const connections = 8;

/** A webhook that had its 2xx, and what the reply said. */
interface Acknowledged {
  webhook: SignedWebhook;
  body: string;
}

interface Tally {
  acknowledged: number;
  missing: number;
  otherReplies: number;
  storedAgain: number;
  damaged: number;
  cpuUs: number;
}

export async function benchKill({ quick }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  await using carrier = await startForgetfulCarrier();
  const port = await freePort();
  const place = preparePlace(sandbox, "kill", carrierConfig("twilio", { webhooks: port, rest: carrier.url }));
  const file = join(place.stateDir, "calls.sqlite");
  const kills = quick ? 10 : 50;
  const tally: Tally = { acknowledged: 0, missing: 0, otherReplies: 0, storedAgain: 0, damaged: 0, cpuUs: 0 };
  let daemon = await startDaemon(sandbox, place);
  for (let kill = 1; kill <= kills; kill++) {
    const acknowledged = await loadUntilKilled(daemon, port, tally);
    daemon = await startDaemon(sandbox, place);
    await check(file, port, { acknowledged, tally });
    if (kill % 10 === 0) note(`${kill} kills, ${tally.acknowledged} acknowledged, ${tally.missing} missing`);
  }
  await daemon.stop();
  return [row(kills, tally)];
}

/** Twilio's REST API on loopback, knowing no call: what was open at a kill is over after the restart. */
async function startForgetfulCarrier(): Promise<AsyncDisposable & { url: string }> {
  const body = JSON.stringify({ code: 20404, message: "The requested resource was not found", status: 404 });
  const server = createServer((_, response) =>
    response.writeHead(404, { "content-type": "application/json" }).end(body),
  );
  const port = await freePort();
  const listening = Promise.withResolvers<void>();
  server.listen(port, "127.0.0.1", listening.resolve);
  await listening.promise;
  const close = async (): Promise<void> => {
    server.close().closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}

async function loadUntilKilled(daemon: Daemon, port: number, tally: Tally): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  const before = cpuMicroseconds(daemon.pid);
  const load = Promise.all(Array.from({ length: connections }, () => playUntilCut(port, acknowledged)));
  await sleep(100 + Math.random() * 400);
  const cpu = cpuMicroseconds(daemon.pid);
  await daemon.stop("SIGKILL");
  await load;
  tally.acknowledged += acknowledged.length;
  tally.cpuUs += cpu - before;
  return acknowledged;
}

async function playUntilCut(port: number, acknowledged: Acknowledged[]): Promise<void> {
  using line = new HttpConnection(port);
  for (;;) {
    for (const webhook of twilioCall()) {
      const answer = await line.send(webhook.bytes).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status !== 200) throw new Error(`a genuine webhook was answered ${answer.status}`);
      acknowledged.push({ webhook, body: answer.body });
    }
  }
}

function countByCall(acknowledged: readonly Acknowledged[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { webhook } of acknowledged) counts.set(webhook.callSid, (counts.get(webhook.callSid) ?? 0) + 1);
  return counts;
}

async function check(
  file: string,
  port: number,
  { acknowledged, tally }: { acknowledged: Acknowledged[]; tally: Tally },
): Promise<void> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const keysOf = db.prepare(
      "select count(*) as found from events join calls on n = call where carrier_call_id = ? and webhook_key is not null",
    );
    const keys = db.prepare("select count(*) as n from events where webhook_key is not null");
    for (const [callSid, count] of countByCall(acknowledged)) {
      tally.missing += Math.max(0, count - Number(keysOf.get(callSid)?.["found"]));
    }
    const before = Number(keys.get()?.["n"]);
    using line = new HttpConnection(port);
    for (const { webhook, body } of acknowledged) {
      const again = await line.send(webhook.bytes);
      if (again.status !== 200 || again.body !== body) tally.otherReplies++;
    }
    tally.storedAgain += Number(keys.get()?.["n"]) - before;
    if (db.prepare("pragma integrity_check").get()?.["integrity_check"] !== "ok") tally.damaged++;
  } finally {
    db.close();
  }
}

function row(kills: number, { acknowledged, missing, otherReplies, storedAgain, damaged, cpuUs }: Tally): Row {
  return {
    bench: "kill",
    figure: `${kills} x kill -9 under load, ${acknowledged} webhooks acknowledged`,
    measured: `${missing} missing, ${otherReplies} other replies, ${storedAgain} stored again, ${damaged} damaged`,
    cpu: `${(cpuUs / acknowledged).toFixed(0)} µs`,
    goal: "all 0",
    met: missing + otherReplies + storedAgain + damaged === 0 && acknowledged > kills,
  };
}
