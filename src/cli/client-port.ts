// The client as the commands see it; a file of its own so that help and version load none of it.
import { connect } from "../client/connect.ts";
import { findDaemon } from "../client/find.ts";
import { locate, logFile } from "../client/locate.ts";
import type { ClientPort } from "./context.ts";

export const clientPort: ClientPort = { connect, locate, findDaemon, logFile, daemonCommand };

/** Loaded by the few commands that run a daemon themselves. */
async function daemonCommand(options: Parameters<ClientPort["daemonCommand"]>[0]): Promise<string[]> {
  return (await import("../client/daemon-command.ts")).daemonCommand(options);
}
