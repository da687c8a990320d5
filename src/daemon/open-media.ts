// Puts live audio together: tokens, the door for media sockets, the engine, and the voices and recognisers it uses.
import { isOver } from "../call/state.ts";
import type { CallRegistry } from "./calls/registry.ts";
import type { CarrierSet } from "./carrier-set.ts";
import type { ExpectedStream } from "./carriers/media.ts";
import type { Deps } from "./deps.ts";
import type { LiveConfig } from "./live-config.ts";
import { MediaEngine } from "./media/engine.ts";
import { MediaSockets } from "./media/media-sockets.ts";
import { StreamTokens, streamUrlOf } from "./media/stream-tokens.ts";
import { type SpeechFiles, SpeechSet } from "./speech-set.ts";

export interface OpenMediaOptions {
  deps: Deps;
  config: LiveConfig;
  stateDir: string;
  registry: CallRegistry;
  carriers(): CarrierSet;
  speechFiles: SpeechFiles;
}

export interface OpenMedia extends AsyncDisposable {
  engine: MediaEngine;
  sockets: MediaSockets;
  speech: SpeechSet;
  /** A media URL at the host of a public URL. */
  streamUrl(publicUrl: string, streamPath: string, callId: string): string;
}

const noLimits = {
  preStartTimeoutMs: 5000,
  maxPendingConnections: 32,
  maxPendingConnectionsPerIp: 4,
  maxConnections: 128,
};

export function openMedia({ deps, config, stateDir, registry, carriers, speechFiles }: OpenMediaOptions): OpenMedia {
  const { clock, log } = deps;
  const tokens = new StreamTokens(clock);
  const speech = new SpeechSet({ clock, log, ...speechFiles });
  const engine = new MediaEngine({
    clock,
    log,
    stateDir,
    registry,
    streamUrl: (callId) => carriers().streamUrl(registry.find(callId)?.state?.carrier ?? "", callId),
    settings: (state) => speech.settingsOf(state),
    ended: (callId) => tokens.revoke(callId),
    carrierHears: (name) => carriers().get(name)?.media?.hears === true,
  });
  const sockets = new MediaSockets({
    clock,
    log,
    tokens,
    limits: () => (config.current.ok ? config.current.config.streaming : noLimits),
    expected: (callId) => expected(callId, registry, carriers()),
    attach: (callId, link) => engine.attach(callId, link),
  });
  return {
    engine,
    sockets,
    speech,
    streamUrl: (publicUrl, streamPath, callId) => streamUrlOf(publicUrl, streamPath, tokens.issue(callId)),
    async [Symbol.asyncDispose]() {
      await sockets[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
      await speech[Symbol.asyncDispose]();
    },
  };
}

function expected(callId: string, registry: CallRegistry, carriers: CarrierSet): ExpectedStream | undefined {
  const state = registry.find(callId)?.state;
  if (state === undefined || isOver(state) || !state.traits.streams) return undefined;
  const media = carriers.get(state.carrier)?.media;
  return media === undefined ? undefined : { media, carrierCallId: state.carrierCallId };
}
