// The daemon's private copy of its program: in the state directory, so that it outlives the package that started it.
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CallError } from "../call/error.ts";
import { field, textField } from "./field.ts";
import { ownPackageRoot } from "./locate.ts";

/** What the build says of the daemon's program: its files in dist/ with their sizes, and a digest over all of them. */
interface ProgramList {
  version: string;
  digest: string;
  files: readonly (readonly [name: string, bytes: number])[];
}

const listFile = "daemon.files.json";
const entryFile = "daemon.js";
/** Without it Node would have to guess that these are ES modules. */
const packageFile = "package.json";
const draftPrefix = ".draft-";

/**
 * The program to run, copied if this version is not there yet. With the copy in place it costs a look at its files.
 * @throws CallError `DAEMON_UNREACHABLE` when the package is incomplete, `STORE_FAILED` when nothing can be written,
 * `UNAUTHORIZED` when others could have written what would be run.
 */
export function runtimeEntry(stateDir: string, packageRoot = ownPackageRoot()): string {
  const dist = join(packageRoot, "dist");
  refuseForeign(runtimeFolder(stateDir));
  if (!existsSync(join(dist, listFile))) return lastCopy(stateDir) ?? fail(incomplete(dist));
  const list = readList(dist);
  const folder = join(runtimeFolder(stateDir), `${list.version}-${list.digest}`);
  try {
    if (!isComplete(folder, list)) makeCopy(folder, { dist, list });
    pointTo(folder);
  } catch (error) {
    throw error instanceof CallError ? error : unwritable(stateDir, error);
  }
  return join(folder, entryFile);
}

/** For a package that was taken away under a running client: the copy that was used last, if it is whole. */
function lastCopy(stateDir: string): string | undefined {
  const runtime = runtimeFolder(stateDir);
  const folder = join(runtime, targetOf(currentLink(runtime)) ?? "none");
  const isWhole = existsSync(join(folder, listFile)) && isComplete(folder, readList(folder));
  return isWhole ? join(folder, entryFile) : undefined;
}

function fail(error: CallError): never {
  throw error;
}

/** A path that stays right when the package is updated, for services: through a link to the copy that was used last. */
export function lastingEntry(stateDir: string): string {
  return join(currentLink(runtimeFolder(stateDir)), entryFile);
}

function runtimeFolder(stateDir: string): string {
  return join(stateDir, "runtime");
}

function currentLink(runtime: string): string {
  return join(runtime, "current");
}

function readList(dist: string): ProgramList {
  try {
    const list: unknown = JSON.parse(readFileSync(join(dist, listFile), "utf8"));
    const [version, digest] = [textField(list, "version"), textField(list, "digest")];
    const files = Object.entries(field(list, "files") ?? {});
    const isSound = version !== undefined && /^[\w.+-]+$/.test(version) && digest !== undefined && files.length > 0;
    if (isSound) return { version, digest, files: files.map(([name, bytes]) => [name, Number(bytes)] as const) };
  } catch {
    // Told below, like a list that makes no sense.
  }
  throw incomplete(dist);
}

/**
 * Whoever can write here could have put a program of theirs under the name of ours.
 * @throws CallError `UNAUTHORIZED`
 */
function refuseForeign(runtime: string): void {
  const user = process.getuid?.();
  const found = statSync(runtime, { throwIfNoEntry: false });
  if (user === undefined || found === undefined || (found.uid === user && (found.mode & 0o022) === 0)) return;
  throw new CallError("UNAUTHORIZED", `${runtime} can be written by other users`, {
    hint: "remove it; the next start makes it anew",
  });
}

/** By sizes: a disk that was full, a power cut or a curious person leave files short or take them away. */
function isComplete(folder: string, { files }: ProgramList): boolean {
  const sizeOf = (name: string): number | undefined => statSync(join(folder, name), { throwIfNoEntry: false })?.size;
  return sizeOf(packageFile) !== undefined && files.every(([name, bytes]) => sizeOf(name) === bytes);
}

/** Under another name first, so that a copy is whole or not there; of several at once, one is kept. */
function makeCopy(folder: string, source: { dist: string; list: ProgramList }): void {
  const runtime = dirname(folder);
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  chmodSync(dirname(runtime), 0o700);
  const draft = mkdtempSync(join(runtime, draftPrefix));
  try {
    fill(draft, source);
    takePlace(draft, folder, source.list);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function fill(draft: string, { dist, list }: { dist: string; list: ProgramList }): void {
  const digest = createHash("sha256");
  for (const [name] of list.files) {
    const content = readPart(dist, name);
    digest.update(`${name}\0${content.length}\0`).update(content);
    mkdirSync(dirname(join(draft, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(draft, name), content, { mode: 0o600 });
  }
  if (digest.digest("hex").slice(0, list.digest.length) !== list.digest) throw incomplete(dist);
  copyFileSync(join(dist, listFile), join(draft, listFile));
  chmodSync(join(draft, listFile), 0o600);
  const about = { name: "@openclaw/voice-call", version: list.version, type: "module", private: true };
  writeFileSync(join(draft, packageFile), `${JSON.stringify(about)}\n`, { mode: 0o600 });
}

function readPart(dist: string, name: string): Buffer {
  try {
    return readFileSync(join(dist, name));
  } catch {
    throw incomplete(dist);
  }
}

function takePlace(draft: string, folder: string, list: ProgramList): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (isComplete(folder, list)) return;
    if (!isOccupied(error)) throw error;
    // A damaged one makes room; whoever runs from it finds the same files under the same name again.
    const aside = mkdtempSync(join(dirname(folder), draftPrefix));
    renameSync(folder, join(aside, "damaged"));
    renameSync(draft, folder);
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The link is for services only: one that cannot be made stops nobody. */
function pointTo(folder: string): void {
  const link = currentLink(dirname(folder));
  const name = folder.slice(dirname(folder).length + 1);
  try {
    if (targetOf(link) === name) return;
    const draft = mkdtempSync(join(dirname(folder), draftPrefix));
    symlinkSync(name, join(draft, "link"));
    renameSync(join(draft, "link"), link);
    rmSync(draft, { recursive: true, force: true });
  } catch {
    // As said.
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

function isOccupied(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

function incomplete(dist: string): CallError {
  return new CallError(
    "DAEMON_UNREACHABLE",
    `the daemon's program in ${dist} is missing, incomplete or being changed`,
    {
      hint: "build or install the package again",
    },
  );
}

function unwritable(stateDir: string, error: unknown): CallError {
  return new CallError("STORE_FAILED", `the state directory ${stateDir} cannot be used (${codeOf(error)})`, {
    hint: "make it writable for you, or name another one with `store` in the configuration",
  });
}
