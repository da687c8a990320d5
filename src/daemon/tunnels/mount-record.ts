// The record of our Tailscale mounts in the state directory: written before a mount is made, so that a crash loses none.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { CallError } from "../../call/error.ts";
import type { Log } from "../deps.ts";
import { type Mount, mountSchema, sameMount } from "./mount.ts";

const fileName = "tunnel-mounts.json";

const schema = z.object({ mounts: z.array(mountSchema) });

export class MountRecord {
  readonly #file: string;
  readonly #log: Log;

  constructor(stateDir: string, log: Log) {
    this.#file = join(stateDir, fileName);
    this.#log = log;
  }

  all(): Mount[] {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch {
      return [];
    }
    const mounts = read(text);
    if (mounts === undefined)
      this.#log.warn(
        { file: fileName },
        "the record of Tailscale mounts cannot be read; see `tailscale serve status` for what is left",
      );
    return mounts ?? [];
  }

  has(mount: Mount): boolean {
    return this.all().some((recorded) => sameMount(recorded, mount));
  }

  /** @throws CallError `STORE_FAILED`: a mount that cannot be recorded must not be made. */
  add(mount: Mount): void {
    if (!this.has(mount)) this.#write([...this.all(), mount]);
  }

  remove(mount: Mount): void {
    this.#write(this.all().filter((recorded) => !sameMount(recorded, mount)));
  }

  #write(mounts: readonly Mount[]): void {
    try {
      if (mounts.length === 0) return rmSync(this.#file, { force: true });
      writeFileSync(`${this.#file}.new`, `${JSON.stringify({ mounts })}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      throw new CallError("STORE_FAILED", `${fileName} cannot be written to the state directory`, {
        hint: "see that the disk has room and the directory is yours",
        cause: error,
      });
    }
  }
}

function read(text: string): Mount[] | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data?.mounts;
  } catch {
    return undefined;
  }
}
