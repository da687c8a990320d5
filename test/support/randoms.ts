// Random whole numbers that are the same in every run.
import { createHash } from "node:crypto";

/** @returns a source of whole numbers from 0 to below the number given. */
export function randomsFrom(seed: string): (below: number) => number {
  let drawn = 0;
  return (below) => createHash("sha256").update(`${seed} ${drawn++}`).digest().readUInt32BE() % below;
}
