// Runs every `check:…` script of package.json, all of them even when one fails, and ends with a count line.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env["PATH"] ?? ""}`;

function passes(name: string, command: string): boolean {
  const started = performance.now();
  const run = spawnSync(command, { cwd: root, shell: true, encoding: "utf8", env: { ...process.env, PATH: path } });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  // The package's size is worth a look even when it is allowed.
  const size = /^package: .*$/m.exec(run.stdout)?.[0];
  console.log(
    `${run.status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)${size === undefined ? "" : `: ${size}`}`,
  );
  if (run.status !== 0) console.log(`${run.stdout}${run.stderr}`);
  return run.status === 0;
}

const checks = Object.entries(scripts).filter(([name]) => name.startsWith("check:"));
const failed = checks.filter(([name, command]) => !passes(name, command)).length;
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
