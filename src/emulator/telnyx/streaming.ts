// A call's media stream: begun and ended by commands, told of by webhooks.
import type { Ids } from "../ids.ts";
import type { StreamPlan } from "../media/media-stream.ts";
import { mediaDestination } from "../media/socket.ts";
import type { Route } from "../route.ts";
import type { CallRecord } from "./call-record.ts";
import type { FaultPlan } from "./faults.ts";
import { callControlId, uuid } from "./identifiers.ts";
import { telnyxDialect } from "./media.ts";

export interface StreamingOptions {
  readonly routes: readonly Route[];
  readonly ids: Ids;
  readonly faults: FaultPlan;
  /** Spoken whatever the command asked for. */
  readonly encoding: "PCMU" | "PCMA";
}

export interface StreamingPorts extends StreamingOptions {
  readonly tell: (event: string, fields: Record<string, unknown>) => void;
  /** Aborts at the end of the call. */
  readonly lifetime: AbortSignal;
}

export class Streaming {
  readonly #record: CallRecord;
  readonly #ports: StreamingPorts;
  #running: AbortController | null = null;

  constructor(record: CallRecord, ports: StreamingPorts) {
    this.#record = record;
    this.#ports = ports;
  }

  /** One stream a call. */
  get active(): boolean {
    return this.#running !== null;
  }

  start(url: string): void {
    const running = new AbortController();
    this.#running = running;
    void this.#run(url, running);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #run(url: string, running: AbortController): Promise<void> {
    const { ids, tell, lifetime } = this.#ports;
    const fields = { stream_id: uuid(ids), stream_url: url };
    const plan = this.#plan(url, { streamId: fields.stream_id, began: () => tell("streaming.started", fields) });
    const end = await this.#record.audio.stream(plan, AbortSignal.any([running.signal, lifetime]));
    if (this.#running === running) {
      this.#running = null;
    }
    if (end === "refused") {
      const stream_params = { stream_url: url };
      tell("streaming.failed", { ...fields, failure_reason: "connection_failed", stream_params });
    } else {
      tell("streaming.stopped", fields);
    }
  }

  #plan(url: string, { streamId, began }: { readonly streamId: string; readonly began: () => void }): StreamPlan {
    const { ids, faults, routes, encoding } = this.#ports;
    const record = this.#record;
    return {
      url,
      faults: faults.forStream(),
      warn: (warning) => {
        record.warn(warning);
      },
      began,
      // Nothing is signed.
      destination: () => mediaDestination(url, routes),
      dialect: (hit) => {
        const other = hit.has("wrong-call") ? { callControlId: callControlId(ids) } : {};
        return telnyxDialect({
          streamId,
          identity: { ...record.identity, ...other },
          clientState: record.clientState,
          encoding,
        });
      },
    };
  }
}
