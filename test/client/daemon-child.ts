// A daemon's process without a daemon: reports, and serves fake ports, the way its configuration file says.
import { appendFileSync, closeSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { StartReport } from "../../src/call/protocol.ts";
import { version } from "../../src/call/version.ts";
import { fakePorts, listen, token } from "../control/fake-context.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { "state-dir": text, config: text, package: text } });
const stateDir = values["state-dir"] ?? "";
const behaviours: string[] = JSON.parse(readFileSync(values.config ?? "", "utf8"));
mkdirSync(stateDir, { recursive: true });
const starts = join(stateDir, "starts");
appendFileSync(starts, `${process.pid}\n`);
const nth = readFileSync(starts, "utf8").trim().split("\n").length;

function report(message: StartReport): void {
  writeSync(3, `${JSON.stringify(message)}\n`);
  closeSync(3);
}

async function serve(): Promise<void> {
  const ports = fakePorts();
  ports.feed.push("call-1");
  const { url } = await listen(ports);
  const record = { pid: process.pid, url, token, version, protocol: 1, startedAt: 1 };
  writeFileSync(join(stateDir, "daemon.json"), JSON.stringify(record), { mode: 0o600 });
  report({ ready: { pid: process.pid, url } });
}

function isFirst(): boolean {
  try {
    mkdirSync(join(stateDir, "held"));
    return true;
  } catch {
    return false;
  }
}

switch (behaviours[nth - 1] ?? behaviours.at(-1)) {
  case "ready":
    await serve();
    break;
  case "race":
    if (isFirst()) await serve();
    else report({ held: true });
    break;
  case "held":
    report({ held: true });
    break;
  case "failed":
    report({ failed: { code: "STORE_FAILED", message: "the disk is full", hint: "free some space" } });
    break;
  case "silent":
    setInterval(() => undefined, 1000);
    break;
  default:
    process.exit(7);
}
