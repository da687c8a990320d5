// Telnyx-shaped identifiers out of seeded ones.
import type { Ids } from "../ids.ts";

/** A UUID of version 4 by its shape. */
export function uuid(ids: Ids): string {
  const hex = ids.next("");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)];
  return parts.join("-");
}

/** An opaque call control id; it always holds the characters that need escaping in a path: `/`, `+` and `=`. */
export function callControlId(ids: Ids): string {
  const base64 = Buffer.from(ids.next(""), "hex").toString("base64");
  return `v3:${base64.slice(0, 7)}/${base64.slice(7, 14)}+${base64.slice(14)}`;
}
