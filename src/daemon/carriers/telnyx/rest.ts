// Telnyx's Call Control API through the call resource of its own SDK, loaded with the first order; errors come out as CallErrors.
import type { Calls } from "telnyx/resources/calls/calls";
import { CallError } from "../../../call/error.ts";
import { type Failure, OrderFailure, orderFailed } from "./refusal.ts";
import { createTransport, type Transport } from "./transport.ts";

export interface TelnyxAccount {
  apiKey: string;
  /** Id of the Call Control application; it names the voice settings of outgoing calls. */
  connectionId: string;
  /** As the Telnyx portal shows it, or its SPKI or PEM form. */
  publicKey: string;
  /** In place of `https://api.telnyx.com/v2`, for example `https://api.telnyx.eu/v2`; without a path `/v2` is added. */
  baseUrl?: string | undefined;
  /** One of Telnyx's voices, for example `female`, `AWS.Polly.Joanna-Neural` or `Telnyx.KokoroTTS.af`. */
  voice?: string | undefined;
  /** Spoken and heard, for example `en-US`. */
  language?: string | undefined;
}

const telnyxAddress = "https://api.telnyx.com/v2";
const orderTimeoutMs = 10_000;

/** What every call of the SDK is given: the signal, and whether the order may be sent again on a fresh connection. */
interface Sending {
  signal: AbortSignal;
  maxRetries: number;
}

interface OrderOptions {
  signal: AbortSignal;
  /** Whether a lost reply may mean a call that exists. */
  dials?: boolean;
  /** A refusal of Telnyx that is none for this order. */
  tolerates?: (failure: Failure) => boolean;
}

export interface Rest extends Disposable {
  /** Gives one order; see `Carrier` for how it fails. Undefined when it was refused in a tolerated way. */
  order<T>(give: (calls: Calls, sending: Sending) => PromiseLike<T>, options: OrderOptions): Promise<T | undefined>;
}

/** @throws CallError `CONFIG_INVALID` when the key cannot be one, or the address is none. */
export function createRest({ apiKey, baseUrl }: TelnyxAccount): Rest {
  const transport = createTransport({
    apiKey: checkedKey(apiKey),
    address: addressOf(baseUrl),
    timeoutMs: orderTimeoutMs,
  });
  let calls: Promise<Calls> | undefined;
  return {
    async order(give, { signal, dials = false, tolerates }) {
      if (signal.aborted) throw aborted();
      calls ??= load(transport);
      const ready = await calls;
      try {
        return await give(ready, { signal, maxRetries: dials ? 0 : 1 });
      } catch (error) {
        if (!(error instanceof OrderFailure)) throw error;
        if (signal.aborted) throw aborted();
        if (tolerates?.(error.failure) === true) return undefined;
        throw orderFailed(error.failure, dials);
      }
    },
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

/** The SDK's client would load every product of Telnyx (130 ms, 22 MB); its call resource takes 6 ms and works on any transport. */
async function load(transport: Transport): Promise<Calls> {
  const { Calls: Resource } = await import("telnyx/resources/calls/calls");
  const made: unknown = Reflect.construct(Resource, [transport]);
  if (made instanceof Resource) return made;
  throw new CallError("INTERNAL", "the Telnyx SDK cannot be used");
}

function checkedKey(apiKey: string): string {
  const key = apiKey.trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CallError(
    "CONFIG_INVALID",
    `\`telnyx.apiKey\` ${key === "" ? "is empty" : "holds characters that no key has"}`,
    {
      hint: "copy an API key from the Telnyx portal (Keys & Credentials > API Keys)",
    },
  );
}

function addressOf(baseUrl: string = telnyxAddress): string {
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CallError("CONFIG_INVALID", "`telnyx.baseUrl` is not an http or https URL", {
      hint: `leave it out for ${telnyxAddress}`,
    });
  }
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path === "" ? "/v2" : path}`;
}

function aborted(): CallError {
  return new CallError("ABORTED", "the order was given up before Telnyx answered");
}
