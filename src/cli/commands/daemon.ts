// `daemon start|stop|status`: the background process that owns every call.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import type { Health, TunnelStatus } from "../../client/index.ts";
import { addCommand, addGroup, type Invocation, type Outcome } from "../command.ts";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { count, duration, table } from "../format.ts";
import { interruptOf } from "../interrupt.ts";
import type { Paint } from "../paint.ts";
import { processGone } from "../process-gone.ts";
import { placeOf, runningDaemon } from "../running-daemon.ts";
import { tunnelText } from "../tunnel-words.ts";
import { addInstallCommands } from "./daemon-install.ts";
import { addLogsCommand } from "./daemon-logs.ts";
import { addRunCommand } from "./daemon-run.ts";

const goneWithinMs = 20_000;

interface StopOptions {
  drain?: true;
  force?: true;
}

export function addDaemonCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, context, {
    name: "daemon",
    summary: "Start, stop and look after the background process.",
  });
  addRunCommand(group, context);
  addCommand(group, context, {
    name: "start",
    summary: "Start the daemon in the background; does nothing when it runs.",
    examples: [["daemon start", "prints its process id and address"]],
    run: start,
  });
  addCommand<StopOptions>(group, context, {
    name: "stop",
    summary: "Stop the daemon; refuses while calls are live.",
    examples: [
      ["daemon stop --drain", "take no new calls, wait until the live ones are over, then stop"],
      ["daemon stop --force", "hang up what is live and stop"],
    ],
    shape: (command) =>
      command
        .addOption(command.createOption("--drain", "wait until no call is live").conflicts("force"))
        .option("--force", "hang up live calls"),
    run: stop,
  });
  addCommand(group, context, {
    name: "status",
    summary: "Show how the daemon is; never starts one.",
    examples: [["daemon status", "exit code 0 when it runs, 3 when not"]],
    run: status,
  });
  addLogsCommand(group, context);
  addInstallCommands(group, context);
}

async function start(invocation: Invocation<object>): Promise<Outcome> {
  const before = await runningDaemon(invocation);
  await using voice = await invocation.connect();
  const { pid, url } = voice.daemon;
  const already = before?.pid === pid;
  return {
    json: { running: true, pid, url, started: !already },
    text: () => `The daemon ${already ? "runs already" : "runs"}: process ${pid}, ${url}`,
  };
}

async function stop(invocation: Invocation<StopOptions>): Promise<Outcome> {
  const { options, context, output } = invocation;
  const running = await runningDaemon(invocation);
  if (running === undefined) {
    output.notice("The daemon is not running.");
    return { json: { stopped: false }, text: () => "" };
  }
  {
    await using voice = await invocation.connect({ autoStart: false });
    if (options.drain === true) {
      using interrupt = interruptOf(context);
      using _progress = output.progress("waiting for the live calls to end");
      await voice.system.drain({ signal: interrupt.signal });
    }
    await voice.system.shutdown({ force: options.force === true });
  }
  using _progress = output.progress("stopping");
  if (!(await processGone(running.pid, goneWithinMs))) {
    throw new CallError("TIMED_OUT", `the daemon was told to stop, but process ${running.pid} still runs`, {
      hint: "look at its last lines with `voicecall daemon logs`",
    });
  }
  return { json: { stopped: true, pid: running.pid }, text: () => `Stopped (process ${running.pid}).` };
}

async function status(invocation: Invocation<object>): Promise<Outcome> {
  const { stateDir } = await placeOf(invocation);
  const log = (await invocation.client()).logFile(stateDir);
  const running = await runningDaemon(invocation);
  if (running === undefined) {
    return {
      json: { running: false, stateDir, log },
      text: () =>
        table([
          ["not running", ""],
          ["state", stateDir],
          ["log", log],
        ]),
      exitCode: exitCodes.noDaemon,
    };
  }
  await using voice = await invocation.connect({ autoStart: false });
  const [health, tunnel] = await Promise.all([voice.system.health(), voice.tunnel.status()]);
  const { url } = voice.daemon;
  return {
    json: { running: true, ...health, tunnel, url, log },
    text: (paint) => healthText(health, { tunnel, url, log, now: invocation.context.now(), paint }),
  };
}

/** A daemon of an older version does not say where its configuration came from. */
function configRow({ configFile, configSource }: Health): string[][] {
  const from = configSource === "gateway" ? ["from the Gateway"] : [];
  const parts = [...(configFile === undefined ? [] : [configFile]), ...from];
  return parts.length === 0 ? [] : [["config", parts.join(", ")]];
}

/** Only where calls go over media streams. */
function liveAudioRows({ liveAudio }: Health): string[][] {
  if (liveAudio === undefined) return [];
  const { streamingCalls, voices, recognisers } = liveAudio;
  const inTurn = (ids: string[], none: string): string => (ids.length === 0 ? none : ids.join(", then "));
  return [
    ["streams", `${count(streamingCalls, "call")} over a media stream now`],
    ["voice", inTurn(voices, "the carrier's own")],
    ["recogniser", inTurn(recognisers, "the carrier's own")],
  ];
}

function healthText(
  health: Health,
  { tunnel, url, log, now, paint }: { tunnel: TunnelStatus; url: string; log: string; now: number; paint: Paint },
): string {
  const { webhook } = health;
  const rows = [
    ["running", `process ${health.pid}, version ${health.version}, for ${duration(now - health.startedAt)}`],
    ["address", url],
    ["carrier", health.carrier],
    ["calls", `${count(health.liveCalls, "live call")}${health.draining ? ", draining: no new ones" : ""}`],
    ...liveAudioRows(health),
    [
      "webhooks",
      webhook === undefined
        ? "none needed"
        : `${webhook.listening}${webhook.publicUrl === undefined ? "" : ` from ${webhook.publicUrl}`}`,
    ],
    ["tunnel", tunnelText(tunnel, paint)],
    ["memory", `${Math.round(health.memoryRssBytes / 1_048_576)} MiB`],
    ...configRow(health),
    ["state", health.stateDir],
    ["log", log],
  ];
  const problems = health.problems.flatMap(({ code, message, hint }) => [
    "",
    code === "UNVERIFIED_WEBHOOKS" ? paint("red", `${code}  ${message}`) : `${paint("yellow", code)}  ${message}`,
    ...(hint === undefined ? [] : [paint("dim", `  ${hint}`)]),
  ]);
  return [table(rows), ...problems].join("\n");
}
