// Which daemon a command is about, found without starting one.
import type { DaemonRecord } from "../call/protocol.ts";
import type { Invocation } from "./command.ts";

type Asked = Pick<Invocation<object>, "client" | "configFile" | "output">;

export async function placeOf({
  client,
  configFile,
  output,
}: Asked): Promise<{ stateDir: string; configFile: string }> {
  const { locate } = await client();
  return locate({ ...(configFile !== undefined && { configFile }), onNotice: (line) => output.notice(line) });
}

/** Undefined when none runs. */
export async function runningDaemon(asked: Asked): Promise<DaemonRecord | undefined> {
  const { stateDir } = await placeOf(asked);
  const { findDaemon } = await asked.client();
  return findDaemon(stateDir);
}
