// The daemon as a systemd user unit (systemd.service(5), systemd.exec(5)).
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Installer, Service } from "./installer.ts";

const unit = "openclaw-voice-call.service";

export function systemdUnit(service: Service): Installer {
  const { home, env, run } = service;
  const file = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "systemd", "user", unit);
  const systemctl = (...args: string[]): Promise<string> => run("systemctl", "--user", ...args);
  return {
    file,
    advice: "So that it also runs while you are logged out: loginctl enable-linger",
    install: async (command) => {
      // Asked first, so that nothing is written where no systemd answers.
      await systemctl("show-environment");
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, unitText(service, command), { mode: 0o600 });
      await systemctl("daemon-reload");
      await systemctl("enable", "--now", unit);
    },
    uninstall: async () => {
      await systemctl("disable", "--now", unit);
      await rm(file, { force: true });
      await systemctl("daemon-reload");
    },
  };
}

function unitText({ environment }: Service, command: readonly string[]): string {
  const variables = Object.entries(environment).map(([key, value]) => `Environment=${word(`${key}=${value}`)}`);
  return [
    "[Unit]",
    "Description=OpenClaw voice calls",
    "",
    "[Service]",
    `ExecStart=${command.map((part) => word(part).replaceAll("$", "$$$$")).join(" ")}`,
    ...variables,
    "Restart=on-failure",
    "RestartSec=2",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** One quoted word; `%` would begin a specifier. */
function word(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("\n", "\\n")}"`;
}
