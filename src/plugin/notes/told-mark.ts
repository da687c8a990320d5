// How far in the log calls have been told of, in a file: a Gateway that comes back goes on from there.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { field } from "../../client/field.ts";

export class ToldMark {
  readonly #file: string;

  constructor(stateDir: string) {
    this.#file = join(stateDir, "told.json");
  }

  /** undefined: nothing was ever told. */
  async read(): Promise<number | undefined> {
    const text = await readFile(this.#file, "utf8").catch(() => "");
    const seq = text === "" ? undefined : field(parsed(text), "seq");
    return typeof seq === "number" && Number.isSafeInteger(seq) && seq >= 0 ? seq : undefined;
  }

  /** Whole or not at all, whatever happens meanwhile. */
  async reach(seq: number): Promise<void> {
    await writeFile(`${this.#file}.new`, JSON.stringify({ seq }), { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
