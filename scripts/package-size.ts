// Says how large the package is, packed and unpacked, and fails above the limit: OpenClaw copies all of it for every process.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";

const root = dirname(import.meta.dirname);
const mostPackedBytes = 6_000_000;

interface Packed {
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

function pack(): Packed {
  const run = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`npm could not pack:\n${run.stderr}`);
  const [packed] = JSON.parse(run.stdout) as Packed[];
  if (packed === undefined) throw new Error("npm packed nothing");
  return packed;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}

const { size, unpackedSize, files } = pack();
console.log(`package: ${megabytes(size)} packed, ${megabytes(unpackedSize)} unpacked, ${files.length} files`);
const needed = ["openclaw.plugin.json", "dist/plugin.js", "dist/daemon.files.json", "dist/THIRD-PARTY-LICENSES.txt"];
const missing = needed.filter((name) => !files.some(({ path }) => path === name));
if (missing.length > 0) console.error(`not in the package: ${missing.join(", ")}`);
if (size > mostPackedBytes) {
  console.error(`larger than ${megabytes(mostPackedBytes)} packed; the largest files:`);
  for (const file of files.toSorted((a, b) => b.size - a.size).slice(0, 5))
    console.error(`  ${megabytes(file.size)} ${file.path}`);
}
process.exitCode = missing.length > 0 || size > mostPackedBytes ? 1 : 0;
