// Media faults as they come in over an emulator's own HTTP interface, checked.
import { isFaultOf } from "../control-request.ts";
import type { MediaFault } from "./faults.ts";

/** Fields that a fault must carry beside its name. */
const MEDIA_FAULTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["never-connect", []],
  ["late-connect", ["ms"]],
  ["wrong-signature", []],
  ["late-start", ["ms"]],
  ["no-start", []],
  ["duplicate-start", []],
  ["wrong-call", []],
  ["drop", ["afterMs"]],
  ["stall", ["afterMs", "forMs"]],
  ["reorder", ["every", "by"]],
  ["lose", ["every"]],
  ["garbage", ["every", "kind"]],
  ["lose-marks", []],
  ["second-socket", ["afterMs"]],
  ["late-close", ["ms"]],
]);

export function isMediaFault(value: unknown): value is MediaFault {
  return isFaultOf(MEDIA_FAULTS, value);
}
