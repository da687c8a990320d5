// A state directory with a hand-written record, and a configuration file that does not matter.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DaemonRecord, protocolVersion } from "../../src/call/protocol.ts";
import { version } from "../../src/call/version.ts";
import { token } from "../control/fake-context.ts";

export interface StateDirectory extends AsyncDisposable {
  stateDir: string;
  configFile: string;
  write(record: Partial<DaemonRecord>): Promise<void>;
  remove(): Promise<void>;
}

export async function stateDirectory(): Promise<StateDirectory> {
  const stateDir = await mkdtemp(join(tmpdir(), "voicecall-client-"));
  const file = join(stateDir, "daemon.json");
  const configFile = join(stateDir, "openclaw.json");
  await writeFile(configFile, "{}");
  return {
    stateDir,
    configFile,
    write: (record) => {
      const complete = {
        pid: process.pid,
        url: "",
        token,
        version,
        protocol: protocolVersion,
        startedAt: 1,
        ...record,
      };
      return writeFile(file, JSON.stringify(complete), { mode: 0o600 });
    },
    remove: () => rm(file, { force: true }),
    [Symbol.asyncDispose]: () => rm(stateDir, { recursive: true, force: true }),
  };
}

/** The id of a process that is over. */
export async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "0"]);
  await once(child, "exit");
  return child.pid ?? 0;
}
