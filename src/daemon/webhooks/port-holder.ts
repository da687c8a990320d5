// Who listens on a port of this machine, in words; Linux only, from /proc.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** `the process 123 (node server.js)`, or `another program` when it cannot be seen. */
export function portHolder(port: number): string {
  const inode = listeningInode(port);
  const pid = inode === undefined ? undefined : ownerOf(inode);
  if (pid === undefined) return "another program";
  const [program = "", ...rest] = readOr(`/proc/${pid}/cmdline`, "").split("\0").filter(Boolean);
  // Only the first two words: the rest of a command line may hold secrets.
  const words = [program.split("/").at(-1), rest[0]?.startsWith("-") === false ? rest[0].split("/").at(-1) : undefined];
  return `the process ${pid} (${words.filter(Boolean).join(" ")})`;
}

function listeningInode(port: number): string | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readOr(file, "").split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === "0A" && local.endsWith(`:${wanted}`)) return inode;
    }
  }
  return undefined;
}

function ownerOf(inode: string): string | undefined {
  const wanted = `socket:[${inode}]`;
  return readdirOr("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => readdirOr(`/proc/${pid}/fd`).some((fd) => readlinkOr(`/proc/${pid}/fd/${fd}`) === wanted));
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

function readdirOr(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readlinkOr(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
