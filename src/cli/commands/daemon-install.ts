// `daemon install|uninstall`: let systemd or launchd keep the daemon.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import { addCommand, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { processGone } from "../process-gone.ts";
import { placeOf, runningDaemon } from "../running-daemon.ts";

const goneWithinMs = 20_000;

export function addInstallCommands(group: Command, context: CliContext): void {
  addCommand(group, context, {
    name: "install",
    summary: "Let the system start the daemon when you log in: a systemd user unit, or a launchd agent on macOS.",
    examples: [["daemon install", "environment variables whose names begin with OPENCLAW_ go with it"]],
    run: install,
  });
  addCommand(group, context, {
    name: "uninstall",
    summary: "Take the service away again; calls and configuration stay.",
    examples: [["daemon uninstall", "leaves no file behind"]],
    run: uninstall,
  });
}

async function install(invocation: Invocation<object>): Promise<Outcome> {
  const { context, output } = invocation;
  const { installerFor } = await import("../service.ts");
  const installer = installerFor(context);
  await makeRoom(invocation);
  const { daemonCommand } = await invocation.client();
  const daemon = await daemonCommand({ ...(await placeOf(invocation)), lasting: true });
  await installer.install([context.node, ...daemon, "--stay"]);
  const secrets = Object.keys(context.env)
    .filter((key) => /^(TWILIO|TELNYX|PLIVO|NGROK)_/.test(key))
    .toSorted();
  if (secrets.length > 0)
    output.notice(`The service does not see ${secrets.join(", ")} of this shell; name them in the configuration.`);
  output.notice(installer.advice);
  return { json: { installed: true, file: installer.file }, text: () => `Installed and started: ${installer.file}` };
}

/** A daemon that a command has started would hold the state directory against the service. */
async function makeRoom(invocation: Invocation<object>): Promise<void> {
  const running = await runningDaemon(invocation);
  if (running === undefined) return;
  await using voice = await invocation.connect({ autoStart: false });
  try {
    await voice.system.shutdown();
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== "LIVE_CALLS") throw error;
    throw new CallError("LIVE_CALLS", `the running daemon would have to stop, but ${error.message}`, {
      hint: "wait with `voicecall daemon stop --drain`, then install",
    });
  }
  await processGone(running.pid, goneWithinMs);
}

async function uninstall({ context, output }: Invocation<object>): Promise<Outcome> {
  const { installerFor } = await import("../service.ts");
  const { file, uninstall: remove } = installerFor(context);
  if (!existsSync(file)) {
    output.notice(`No service is installed (${file} does not exist).`);
    return { json: { uninstalled: false }, text: () => "" };
  }
  await remove();
  return { json: { uninstalled: true, file }, text: () => `Uninstalled: ${file} is gone.` };
}
