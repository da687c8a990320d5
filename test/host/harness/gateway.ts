// Runs a real Gateway in the foreground, and stops it in every way that a person or a power cut does.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../support/daemon.ts";
import { connectToGateway, type GatewayClient } from "./gateway-client.ts";
import type { HostHome } from "./host-home.ts";

export interface Gateway extends AsyncDisposable {
  readonly home: HostHome;
  readonly pid: number;
  /** With all scopes; a new one for each start. */
  readonly client: GatewayClient;
  start(): Promise<void>;
  /** Sends the signal and waits for the end. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  ready(): Promise<boolean>;
  /** Milliseconds that steps of its starts took, by the host's own trace: one figure for each start so far. */
  trace(step: RegExp): Promise<number[]>;
}

const startWithinMs = 300_000;
const stopWithinMs = 60_000;

export function createGateway(home: HostHome, env: Record<string, string> = {}): Gateway {
  let child: ChildProcess | undefined;
  let client: GatewayClient | undefined;
  const outputFile = join(home.folder, "gateway.out");
  const gateway: Gateway = {
    home,
    get pid() {
      return child?.pid ?? 0;
    },
    get client() {
      if (client === undefined) throw new Error("the Gateway does not run");
      return client;
    },
    async start() {
      const output = openSync(outputFile, "a");
      const args = [home.host.program, "gateway", "run", "--port", String(home.port), "--bind", "loopback"];
      const started = spawn(home.host.node, args, {
        env: { ...home.env, ...env, OPENCLAW_GATEWAY_STARTUP_TRACE: "1" },
        cwd: home.folder,
        stdio: ["ignore", output, output],
      });
      closeSync(output);
      child = started;
      // A suite that is stopped leaves no Gateway behind.
      process.once("exit", () => started.kill("SIGKILL"));
      await eventually(async () => {
        if (ended(started)) throw new Error(`the Gateway ended with ${started.exitCode ?? started.signalCode}`);
        return gateway.ready();
      }, startWithinMs);
      client = await connectToGateway(home, ["operator.read", "operator.write", "operator.admin"]);
    },
    async stop(signal = "SIGTERM") {
      client?.[Symbol.dispose]();
      client = undefined;
      if (child === undefined || ended(child)) return;
      const exit = once(child, "exit", { signal: AbortSignal.timeout(stopWithinMs) });
      child.kill(signal);
      await exit;
    },
    async ready() {
      const reply = await fetch(`http://127.0.0.1:${home.port}/readyz`).catch(() => undefined);
      const body = (await reply?.json().catch(() => undefined)) as { ready?: boolean } | undefined;
      return body?.ready === true;
    },
    async trace(step) {
      const lines = (await readFile(outputFile, "utf8")).split("\n").filter((line) => step.test(line));
      return lines.map((line) => Number(step.exec(line)?.[1]));
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop().catch(() => gateway.stop("SIGKILL"));
    },
  };
  return gateway;
}

function ended({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
