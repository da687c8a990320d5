// Dialling the media socket that a document names, as Plivo does: signed in its http form, and tried again twice.
import type { StreamFaults } from "../media/faults.ts";
import type { StreamPlan } from "../media/media-stream.ts";
import { mediaDestination } from "../media/socket.ts";
import type { Destination, Route } from "../route.ts";
import type { CallRecord } from "./call-record.ts";
import type { FaultPlan } from "./faults.ts";
import { plivoDialect } from "./media.ts";
import { signatureHeaders, type SigningTokens } from "./signature-headers.ts";

export interface StreamDiallerOptions extends SigningTokens {
  readonly authId: string;
  readonly routes: readonly Route[];
  readonly newUuid: () => string;
  readonly newNonce: () => string;
  readonly faults: FaultPlan;
}

const TRIES = 3;

export class StreamDialler {
  readonly #options: StreamDiallerOptions;

  constructor(options: StreamDiallerOptions) {
    this.#options = options;
  }

  /** Streams a call's audio until that is over. */
  async run(
    url: string,
    call: { readonly record: CallRecord; readonly keys: StreamPlan["keys"] },
    signal: AbortSignal,
  ): Promise<void> {
    const { authId, newUuid, faults } = this.#options;
    const { record, keys } = call;
    for (let tried = 0; tried < TRIES && !signal.aborted; tried += 1) {
      const plan: StreamPlan = {
        url,
        faults: faults.forStream(),
        warn: (warning) => {
          record.warn(warning);
        },
        ...(keys === undefined ? {} : { keys }),
        destination: (hit) => this.#destination(url, hit),
        dialect: (hit) =>
          plivoDialect({
            streamId: newUuid(),
            accountId: authId,
            callId: hit.has("wrong-call") ? newUuid() : record.callUuid,
          }),
      };
      if ((await record.audio.stream(plan, signal)) !== "refused") {
        return;
      }
      record.warn("stream: the socket could not be opened");
    }
  }

  #destination(url: string, hit: StreamFaults): Destination {
    const { routes, newNonce } = this.#options;
    const { target, headers } = mediaDestination(url, routes);
    const signed = { method: "GET", url: url.replace(/^wss?/i, "http"), nonce: newNonce(), fields: [] } as const;
    const wrong = hit.has("wrong-signature") ? [{ fault: "wrong-signature" } as const] : [];
    return { target, headers: { ...headers, ...signatureHeaders(signed, this.#options, wrong) } };
  }
}
