// What the calls of this daemon live on.
import type { PhoneNumber } from "../../call/phone-number.ts";
import type { Deps } from "../deps.ts";
import type { EventStore } from "../store/event-store.ts";
import type { Carriers } from "./carriers.ts";
import type { CallRegistry } from "./registry.ts";
import type { CallSettings } from "./settings.ts";

/** Who has been let in by a one-time code. */
export interface CallerPairings {
  isPaired(number: PhoneNumber): boolean;
  /** The code to tell an unknown caller; undefined when too many wait already. */
  codeFor(number: PhoneNumber): Promise<string | undefined>;
}

export interface CallPorts extends Deps {
  store: EventStore;
  registry: CallRegistry;
  carriers: Carriers;
  /** Settles when restored calls are reconciled. Throws `CONFIG_INVALID` while the configuration is wrong. */
  settings(): Promise<CallSettings>;
  pairings: CallerPairings;
  /** The daemon is to stop: no new calls in either direction. */
  draining(): boolean;
}
