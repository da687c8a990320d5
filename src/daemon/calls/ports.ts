// What the calls of this daemon live on.
import type { Deps } from "../deps.ts";
import type { EventStore } from "../store/event-store.ts";
import type { Carriers } from "./carriers.ts";
import type { CallRegistry } from "./registry.ts";
import type { CallSettings } from "./settings.ts";

export interface CallPorts extends Deps {
  store: EventStore;
  registry: CallRegistry;
  carriers: Carriers;
  /** Settles when restored calls are reconciled. Throws `CONFIG_INVALID` while the configuration is wrong. */
  settings(): Promise<CallSettings>;
  /** The daemon is to stop: no new calls in either direction. */
  draining(): boolean;
}
