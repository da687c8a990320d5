// The client as the commands see it; a file of its own so that help and version load none of it.
import { connect } from "../client/connect.ts";
import { findDaemon } from "../client/find.ts";
import { daemonEntry, locate, logFile } from "../client/locate.ts";
import type { ClientPort } from "./context.ts";

export const clientPort: ClientPort = { connect, locate, findDaemon, logFile, daemonEntry };
