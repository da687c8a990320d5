// A configuration that comes to a running daemon may name another state directory than the one that it runs on.
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Problem } from "../../router/context.ts";

/** Such a daemon goes on where it is: its calls are there. */
export function otherStore(store: string | undefined, stateDir: string): Problem[] {
  if (store === undefined || store === "") return [];
  const named = resolve(store.replace(/^~(?=$|[/\\])/, () => homedir()));
  if (real(named) === real(stateDir)) return [];
  return [
    {
      code: "OTHER_STORE",
      message: `\`store\` names ${named}, but this daemon keeps its state in ${stateDir}`,
      hint: "stop this daemon (`voicecall daemon stop`), then start the Gateway again",
    },
  ];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
