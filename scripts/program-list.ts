// dist/daemon.files.json: what belongs to the daemon's program, so that a private copy of it can be made and known again.
import { createHash } from "node:crypto";

/** `files` by their path in dist/; the digest is over all of them in this order, each with its path and length. */
export function programList(files: ReadonlyMap<string, string | Buffer>, version: string): string {
  const digest = createHash("sha256");
  const sizes = [...files.keys()].toSorted().map((name): [string, number] => {
    const held = files.get(name) ?? "";
    const content = typeof held === "string" ? Buffer.from(held) : held;
    digest.update(`${name}\0${content.length}\0`).update(content);
    return [name, content.length];
  });
  const list = { version, digest: digest.digest("hex").slice(0, 16), files: Object.fromEntries(sizes) };
  return `${JSON.stringify(list, null, 2)}\n`;
}
