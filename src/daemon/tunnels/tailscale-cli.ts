// The `tailscale` program as far as we use it: it is asked, told, and never believed.
import { CallError } from "../../call/error.ts";
import { type Command, type CommandResult, createRunner, type RunCommand } from "./command.ts";
import { tunnelFailure } from "./failure.ts";
import type { Mount } from "./mount.ts";
import { parseServeConfig, type ServeConfig } from "./serve-config.ts";
import { parseNode, type TailscaleNode } from "./tailscale-node.ts";
import { isAbsent, isRace, loginPage, mustAllow, tailscaleRefusal } from "./tailscale-refusal.ts";

/** A service has a short PATH, and the app of macOS puts nothing on it. */
const files = [
  "tailscale",
  "/usr/local/bin/tailscale",
  "/opt/homebrew/bin/tailscale",
  "/Applications/Tailscale.app/Contents/MacOS/Tailscale",
];

const timeoutMs = 15_000;

export class TailscaleCli {
  readonly #run: RunCommand;
  readonly #signal: AbortSignal | undefined;

  /** An abort of `signal` kills the command that runs. */
  constructor(run: RunCommand = createRunner(), signal?: AbortSignal) {
    this.#run = run;
    this.#signal = signal;
  }

  /** @throws CallError when nothing can be learned about this machine. */
  async node(): Promise<TailscaleNode> {
    const node = parseNode(await this.#json(["status", "--json", "--peers=false"]));
    if (node === undefined) throw unreadable("status");
    return node;
  }

  async config({ funnel }: Pick<Mount, "funnel">): Promise<ServeConfig> {
    const config = parseServeConfig(await this.#json([verb(funnel), "status", "--json"]));
    if (config === undefined) throw unreadable(`${verb(funnel)} status`);
    return config;
  }

  /** @returns the page at which the user must allow this first, if it names one; success is for `config` to show. */
  async mount(mount: Mount): Promise<string | undefined> {
    const { stdout } = await this.#settled([verb(mount.funnel), "--bg", "--yes", ...place(mount), mount.target]);
    return loginPage(stdout);
  }

  /** Takes down this one path; one that is gone already is fine. */
  async unmount(mount: Mount): Promise<void> {
    await this.#settled([verb(mount.funnel), "--yes", ...place(mount), "off"], isAbsent);
  }

  async #json(args: readonly string[]): Promise<unknown> {
    const { stdout } = await this.#settled(args);
    try {
      return JSON.parse(stdout === "" ? "null" : stdout);
    } catch {
      return undefined;
    }
  }

  /** Runs to exit 0, or to a failure that is `fine`; tries again once when another program changed the settings meanwhile. */
  async #settled(args: readonly string[], fine?: (output: string) => boolean): Promise<{ stdout: string }> {
    let result = await this.#exited(args);
    if (result.exitCode !== 0 && isRace(result.stderr)) result = await this.#exited(args);
    const output = `${result.stderr}\n${result.stdout}`;
    if (result.exitCode === 0 || fine?.(output) === true) return result;
    throw tailscaleRefusal(output);
  }

  async #exited(args: readonly string[]): Promise<Extract<CommandResult, { kind: "exited" }>> {
    const command: Command = { files, args, timeoutMs, signal: this.#signal };
    const result = await this.#run(command);
    switch (result.kind) {
      case "exited":
        return result;
      case "missing":
        throw new CallError("UNSUPPORTED", "the program `tailscale` was not found", {
          hint: "install Tailscale from https://tailscale.com/download and see that `tailscale` is on the daemon's PATH",
        });
      case "timed-out": {
        const page = loginPage(`${result.stdout}\n${result.stderr}`);
        if (page !== undefined) throw mustAllow(page);
        throw new CallError("TIMED_OUT", `\`tailscale ${args[0]}\` did not end in time and was stopped`, {
          hint: "see whether `tailscale status` answers; restart Tailscale if it does not",
        });
      }
    }
  }
}

function verb(funnel: boolean): "funnel" | "serve" {
  return funnel ? "funnel" : "serve";
}

/** The path is always named: without it the command would take in every path of the port. */
function place({ port, path }: Mount): string[] {
  return [`--https=${port}`, `--set-path=${path}`];
}

function unreadable(what: string): CallError {
  return tunnelFailure(
    `\`tailscale ${what} --json\` answered with something unknown`,
    "update Tailscale, or set `publicUrl` by hand",
  );
}
