// Dialling the media socket that a document names, as Twilio does: without its query, signed in its wss form.
import type { Ids } from "../ids.ts";
import type { StreamFaults } from "../media/faults.ts";
import { mediaDestination } from "../media/socket.ts";
import type { Destination, Route } from "../route.ts";
import type { CallRecord } from "./call-record.ts";
import type { FaultPlan } from "./faults.ts";
import { twilioDialect } from "./media.ts";
import { signTwilioRequest } from "./signature.ts";
import type { ConnectVerb } from "./twiml.ts";

interface StreamDiallerOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly routes: readonly Route[];
  readonly ids: Ids;
  readonly faults: FaultPlan;
}

export class StreamDialler {
  readonly #options: StreamDiallerOptions;

  constructor(options: StreamDiallerOptions) {
    this.#options = options;
  }

  /** Streams a call's audio until that is over. */
  async run(verb: ConnectVerb, record: CallRecord, signal: AbortSignal): Promise<void> {
    const { accountSid, ids, faults } = this.#options;
    const [url = ""] = verb.url.split(/[?#]/, 1);
    if (url !== verb.url) {
      record.warn("31920 query and fragment of a <Stream> URL are not sent");
    }
    const plan = {
      url,
      faults: faults.forStream(),
      warn: (warning: string) => {
        record.warn(warning);
      },
      destination: (hit: StreamFaults) => this.#destination(url, hit),
      dialect: (hit: StreamFaults) =>
        twilioDialect({
          streamId: ids.next("MZ"),
          accountSid,
          callSid: hit.has("wrong-call") ? ids.next("CA") : record.sid,
          parameters: verb.parameters,
        }),
    };
    const end = await record.audio.stream(plan, signal);
    if (end === "refused") {
      record.warn("31920 Stream - WebSocket - Handshake Error");
    }
  }

  #destination(url: string, hit: StreamFaults): Destination {
    const { authToken, routes } = this.#options;
    const { target, headers } = mediaDestination(url, routes);
    const signature = signTwilioRequest(hit.has("wrong-signature") ? `not-${authToken}` : authToken, url);
    return { target, headers: { ...headers, "User-Agent": "TwilioMediaStreams/1.0", "x-twilio-signature": signature } };
  }
}
