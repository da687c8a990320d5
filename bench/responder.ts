// How soon the first full sentence of a responder is an order at the carrier, on the emulators.
import { carrierConfig, freePort, preparePlace, startDaemon } from "./harness/daemon.ts";
import { quantile } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { runGenerator } from "./harness/programs.ts";
import type { Row } from "./harness/report.ts";
import { Sandbox } from "./harness/sandbox.ts";
import type { ResponderLoad, ResponderLoadResult } from "./load/responder-load.ts";

const goalMs = 15;

export async function benchResponder({ quick }: BenchOptions): Promise<Row[]> {
  await using sandbox = new Sandbox();
  const turns = quick ? 120 : 400;
  return [await answered(sandbox, { carrier: "twilio", turns }), await answered(sandbox, { carrier: "telnyx", turns })];
}

async function answered(sandbox: Sandbox, { carrier, turns }: Pick<ResponderLoad, "carrier" | "turns">): Promise<Row> {
  const [webhookPort, restPort] = [await freePort(), await freePort()];
  const config = {
    ...carrierConfig(carrier, { webhooks: webhookPort, rest: `http://127.0.0.1:${restPort}` }),
    inboundGreeting: "Welcome.",
    // Twilio's line counts it in its own, faster time, and callers need 300 ms of that to begin; ours counts in real time.
    silenceTimeoutMs: carrier === "twilio" ? 800 : 100,
  };
  const place = preparePlace(sandbox, carrier, config);
  const daemon = await startDaemon(sandbox, place);
  const load: ResponderLoad = { carrier, turns, webhookPort, restPort, ...place };
  const { latenciesMs, unordered } = (await runGenerator(sandbox, "responder-load.ts", load)) as ResponderLoadResult;
  await daemon.stop();
  const [p50, p99] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
  return {
    bench: "responder",
    figure: `${carrier}: first full sentence to the order, ${latenciesMs.length} turns, ${unordered} without one`,
    measured: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    goal: `p99 <= ${goalMs} ms`,
    met: p99 <= goalMs && latenciesMs.length >= 100,
  };
}
