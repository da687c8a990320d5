// Telnyx's media streams: begun and ended by commands. Their sockets carry no signature, so the token alone lets them in.
import type { Leg } from "../carrier.ts";
import type { CarrierMedia } from "../media.ts";
import { refusesNow, saysOver } from "./refusal.ts";
import type { Rest } from "./rest.ts";
import { createTelnyxCodec } from "./stream-codec.ts";

export function createMedia(rest: Rest, newCommand: (leg: Leg) => string): CarrierMedia {
  function start(
    leg: Leg,
    url: string,
    options: { signal: AbortSignal; tolerates?: typeof refusesNow },
  ): Promise<unknown> {
    const params = {
      stream_url: url,
      stream_track: "inbound_track",
      // Else it is what the leg happens to speak, A-law in half of the world.
      stream_codec: "PCMU",
      stream_bidirectional_mode: "rtp",
      stream_bidirectional_codec: "PCMU",
      stream_bidirectional_sampling_rate: 8000,
      command_id: newCommand(leg),
    } as const;
    return rest.order((calls, sending) => calls.actions.startStreaming(leg.carrierCallId, params, sending), options);
  }

  async function stop(leg: Leg, signal: AbortSignal): Promise<void> {
    const params = { command_id: newCommand(leg) };
    await rest.order((calls, sending) => calls.actions.stopStreaming(leg.carrierCallId, params, sending), {
      signal,
      tolerates: (failure) => saysOver(failure) || refusesNow(failure),
    });
  }

  return {
    hears: false,
    verify: () => "unsigned",
    codec: createTelnyxCodec,
    /** The call's client state is left alone: it names the last utterance. */
    async attach(leg, url, signal) {
      const target = url();
      if ((await start(leg, target, { signal, tolerates: refusesNow })) !== undefined) return undefined;
      // To Telnyx the stream before may still run, whose socket is gone already: it allows one a call.
      await stop(leg, signal);
      await start(leg, target, { signal });
      return undefined;
    },
    detach: stop,
  };
}
