// `expose` and `unexpose`: a public URL through Tailscale, opened and closed by hand.
import type { Command } from "commander";
import { CallError } from "../../call/error.ts";
import type { TunnelStatus, VoiceCall } from "../../client/index.ts";
import { pasteText } from "../check-words.ts";
import { addCommand, type Invocation, type Outcome, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import type { Paint } from "../paint.ts";
import { tunnelText } from "../tunnel-words.ts";

interface ExposeOptions {
  mode: "off" | "serve" | "funnel";
  path?: string;
  port?: number;
  servePath?: string;
}

export function addExposeCommands(program: Command, context: CliContext): void {
  addCommand<ExposeOptions>(program, context, {
    name: "expose",
    summary: "Make the webhook reachable through Tailscale, and print its public URL.",
    examples: [
      ["expose", "a funnel: reachable for the carrier, from the whole Internet"],
      ["expose --mode funnel --port 8443 --path /voice", "https://<this machine>.ts.net:8443/voice"],
      ["expose --mode serve", "for your own tailnet only"],
      ["expose --mode off", "the same as `unexpose`"],
    ],
    shape: (command) =>
      command
        .addOption(
          command
            .createOption("--mode <mode>", "funnel: the Internet; serve: your tailnet; off: nobody")
            .choices(["off", "serve", "funnel"])
            .default("funnel"),
        )
        .option("--path <p>", "path of the public URL; else `tailscale.path`, else `serve.path`")
        .addOption(
          wholeNumber(command.createOption("--port <n>", "HTTPS port of the public URL; else `tailscale.port`"), 1),
        )
        .option("--serve-path <p>", "path on this machine; must be `serve.path` of the configuration"),
    run: (invocation) => (invocation.options.mode === "off" ? close(invocation) : open(invocation)),
  });
  addCommand(program, context, {
    name: "unexpose",
    summary: "Take away what `expose` or the configuration has opened.",
    examples: [["unexpose", "it stays closed until `expose` or the daemon's next start"]],
    run: close,
  });
}

async function open({ options, output, connect }: Invocation<ExposeOptions>): Promise<Outcome> {
  const { mode, path, port, servePath } = options;
  if (mode === "off") throw new TypeError("closing is another order");
  await using voice = await connect();
  if (servePath !== undefined) await requireServePath(voice, servePath);
  using progress = output.progress("opening");
  const tunnel = await voice.tunnel.open({
    mode,
    ...(path !== undefined && { path }),
    ...(port !== undefined && { port }),
  });
  if (!output.forPeople) return { json: { tunnel }, text: () => "" };
  progress.say("looking what is to be pasted");
  const checks = await voice.system.check();
  return { json: { tunnel }, text: (paint) => exposedText(tunnel, pasteText(checks, paint), paint) };
}

async function close({ output, connect }: Pick<Invocation<object>, "output" | "connect">): Promise<Outcome> {
  await using voice = await connect();
  using _progress = output.progress("closing");
  const tunnel = await voice.tunnel.close();
  return { json: { tunnel }, text: () => "Nothing is exposed any more." };
}

/** The listener has one path, which the configuration names: another one would lead to its 404. */
async function requireServePath(voice: VoiceCall, servePath: string): Promise<void> {
  const { webhook } = await voice.system.health();
  if (webhook === undefined) return;
  const { pathname } = new URL(webhook.listening);
  if (pathname === servePath) return;
  throw new CallError("INVALID_INPUT", `--serve-path is ${servePath}, but webhooks arrive at ${pathname}`, {
    hint: `leave it out, or set \`serve.path\` to "${servePath}" in the configuration`,
  });
}

function exposedText(tunnel: TunnelStatus, pasting: string, paint: Paint): string {
  const inside =
    tunnel.kind === "tailscale-serve"
      ? paint("yellow", "Only your own tailnet reaches it: a carrier needs `--mode funnel`.")
      : "Calls that go out need nothing more: each names this URL to the carrier.";
  return [tunnelText(tunnel, paint), "", inside, ...(pasting === "" ? [] : ["", pasting])].join("\n");
}
