// Seeded identifiers, so that a run of an emulator can be repeated exactly.
import { createHash } from "node:crypto";

/** Gives carrier-shaped ids: a prefix and 32 hex digits. */
export interface Ids {
  next(prefix: string): string;
}

/** Ids that depend only on the seed and on how many were taken before. */
export function createIds(seed: string): Ids {
  let taken = 0;
  return {
    next(prefix) {
      taken += 1;
      const hex = createHash("sha256").update(`${seed}:${taken}`).digest("hex");
      return prefix + hex.slice(0, 32);
    },
  };
}
