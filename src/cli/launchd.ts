// The daemon as a launchd agent (launchd.plist(5)).
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Installer, Service } from "./installer.ts";

const label = "ai.openclaw.voice-call";

export function launchAgent(service: Service): Installer {
  const { home, run } = service;
  const file = join(home, "Library", "LaunchAgents", `${label}.plist`);
  const domain = async (): Promise<string> => `gui/${(await run("id", "-u")).trim()}`;
  const bootOut = async (): Promise<unknown> =>
    run("launchctl", "bootout", `${await domain()}/${label}`).catch(() => undefined);
  return {
    file,
    advice: "It starts when you log in.",
    install: async (command) => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, plist(service, command), { mode: 0o600 });
      // An older one of the same label would refuse the new one.
      await bootOut();
      await run("launchctl", "bootstrap", await domain(), file);
    },
    uninstall: async () => {
      await bootOut();
      await rm(file, { force: true });
    },
  };
}

function plist({ environment }: Service, command: readonly string[]): string {
  const variables = Object.entries(environment).flatMap(([key, value]) => [
    `    <key>${escaped(key)}</key>`,
    `    <string>${escaped(value)}</string>`,
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    "<dict>",
    `  <key>Label</key>`,
    `  <string>${label}</string>`,
    "  <key>ProgramArguments</key>",
    "  <array>",
    ...command.map((part) => `    <string>${escaped(part)}</string>`),
    "  </array>",
    "  <key>EnvironmentVariables</key>",
    "  <dict>",
    ...variables,
    "  </dict>",
    "  <key>RunAtLoad</key>",
    "  <true/>",
    "  <key>KeepAlive</key>",
    "  <dict>",
    "    <key>SuccessfulExit</key>",
    "    <false/>",
    "  </dict>",
    "  <key>ProcessType</key>",
    "  <string>Interactive</string>",
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
