// The carriers that calls go through, by name, as the core sees them.
import type { Carrier } from "../carriers/carrier.ts";

export interface Carriers {
  /** Undefined when it is not configured (any more). */
  get(name: string): Carrier | undefined;
}
