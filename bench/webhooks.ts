// Signed Twilio webhooks, stored before they are answered: the daemon against bare servers, and a run with forged ones.
import { join } from "node:path";
import { freePort, preparePlace, startDaemon, twilioConfig } from "./harness/daemon.ts";
import { median, pairedRatio } from "./harness/measure.ts";
import { type Row, note } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import type { BenchOptions } from "./harness/options.ts";
import { runGenerator, startFloor } from "./harness/programs.ts";
import type { WebhookLoad, WebhookLoadResult } from "./load/webhook-load.ts";

const connections = 32;

export async function benchWebhooks({ rounds, quick, profileDir }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const port = await freePort();
  const place = preparePlace(sandbox, "webhooks", twilioConfig({ webhooks: port, rest: "http://127.0.0.1:9" }));
  const nodeOptions = profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  const daemon = await startDaemon(sandbox, place, { nodeOptions });
  const targets = [
    { name: "twilio", ...(await startFloor(sandbox, "webhook-server.ts", ["twilio"])) },
    {
      name: "twilio+group",
      ...(await startFloor(sandbox, "webhook-server.ts", ["twilio+group", join(sandbox.dir, "floor.sqlite")])),
    },
    { name: "daemon", port, pid: daemon.pid },
  ];
  const measureMs = quick ? 1500 : 3000;
  const results = new Map(targets.map(({ name }): [string, WebhookLoadResult[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const result = await run(sandbox, {
        ...target,
        connections,
        warmMs: 1000,
        measureMs,
        calls: 6 * measureMs,
        forgedShare: 0,
      });
      results.get(target.name)?.push(result);
      note(
        `round ${round + 1}: ${target.name} ${Math.round(result.perSecond)}/s, ${result.cpuUs.toFixed(0)} µs CPU, p99 ${(result.p99Us / 1000).toFixed(1)} ms`,
      );
    }
  }
  const forged = await run(sandbox, {
    port,
    pid: daemon.pid,
    connections,
    warmMs: 0,
    measureMs,
    calls: 6 * measureMs,
    forgedShare: 0.5,
  });
  await daemon.stop();
  return [...rateRows(results), forgedRow(forged)];
}

async function run(sandbox: Sandbox, load: WebhookLoad): Promise<WebhookLoadResult> {
  return (await runGenerator(sandbox, "webhook-load.ts", load)) as WebhookLoadResult;
}

function rateRows(results: ReadonlyMap<string, WebhookLoadResult[]>): Row[] {
  const daemon = results.get("daemon") ?? [];
  const wrong = daemon.reduce((sum, round) => sum + round.wrong, 0);
  const [stored, verified] = [against("twilio+group", daemon, results), against("twilio", daemon, results)];
  const met = stored.ratio >= 0.6 && wrong === 0;
  const figure = `stored and answered, ${connections} connections, ${wrong} wrong answers`;
  return [
    { bench: "webhooks", figure, ...stored, goal: ">= 0.6", met },
    { bench: "webhooks", figure: "the same, beside verification alone", ...verified },
  ];
}

function against(
  name: string,
  daemon: readonly WebhookLoadResult[],
  results: ReadonlyMap<string, WebhookLoadResult[]>,
) {
  const floor = results.get(name) ?? [];
  const rates = (rounds: readonly WebhookLoadResult[]): number[] => rounds.map(({ perSecond }) => perSecond);
  const cpu = (rounds: readonly WebhookLoadResult[]): number => median(rounds.map(({ cpuUs }) => cpuUs));
  const p99 = median(daemon.map(({ p99Us }) => p99Us)) / 1000;
  return {
    measured: `${Math.round(median(rates(daemon)))}/s, p99 ${p99.toFixed(1)} ms`,
    cpu: `${cpu(daemon).toFixed(0)} vs ${cpu(floor).toFixed(0)} µs (${(cpu(daemon) / cpu(floor)).toFixed(2)} x)`,
    floor: `${name}: ${Math.round(median(rates(floor)))}/s`,
    ratio: pairedRatio(rates(daemon), rates(floor)),
  };
}

function forgedRow({ requests, forged, forgedAccepted, wrong, cpuUs }: WebhookLoadResult): Row {
  return {
    bench: "webhooks",
    figure: "every second one forged",
    measured: `${forgedAccepted} of ${forged} accepted, ${wrong} of ${requests} wrong`,
    cpu: `${cpuUs.toFixed(0)} µs`,
    goal: "none accepted",
    met: forgedAccepted === 0 && wrong === 0 && forged > 0,
  };
}
