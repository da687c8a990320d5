// Chooses the system's own keeper of services, and runs its programs.
import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { CallError } from "../call/error.ts";
import type { CliContext } from "./context.ts";
import type { Installer, Run, Service } from "./installer.ts";
import { launchAgent } from "./launchd.ts";
import { systemdUnit } from "./systemd.ts";

/** @throws CallError `UNSUPPORTED` where neither systemd nor launchd is at home. */
export function installerFor({ platform, env }: CliContext): Installer {
  const environment = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) =>
      key.startsWith("OPENCLAW_") && value !== undefined ? [[key, value]] : [],
    ),
  );
  const service: Service = { environment, home: env["HOME"] ?? homedir(), env, run: runIn(env) };
  if (platform === "linux") return systemdUnit(service);
  if (platform === "darwin") return launchAgent(service);
  throw new CallError("UNSUPPORTED", `services are made for systemd and launchd, not for ${platform}`, {
    hint: "let your system run `voicecall daemon run` when you log in",
  });
}

function runIn(env: CliContext["env"]): Run {
  return (program, ...args) =>
    new Promise((done, fail) => {
      execFile(program, args, { env: { ...env } }, (error, stdout, stderr) => {
        if (error === null) return done(stdout);
        const missing = error.code === "ENOENT";
        const complaint = missing ? "it is not installed" : stderr.trim() || `exit code ${error.code ?? "unknown"}`;
        fail(
          new CallError("UNSUPPORTED", `\`${[program, ...args].join(" ")}\` failed: ${complaint}`, {
            hint: "without a service, `voicecall daemon start` does; the daemon also starts by itself with the first command",
          }),
        );
      });
    });
}
