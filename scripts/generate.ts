// Writes the generated documents; with --check it only says which are stale, and fails.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { documents } from "./generate/documents.ts";

const root = dirname(import.meta.dirname);

function current(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}

const stale = documents
  .map(({ file, render }) => ({ file, text: render() }))
  .filter(({ file, text }) => current(file) !== text);

if (process.argv.includes("--check")) {
  for (const { file } of stale) console.error(`${file} is stale: run \`npm run generate\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { file, text } of stale) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.log(`wrote ${file}`);
  }
}
