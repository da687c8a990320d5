// A call on an emulator whose media socket stands, and the program's side of it.
import type { EmulatedAudio } from "../../src/emulator/index.ts";
import type { MediaApp, MediaSocketSeen } from "./media-app.ts";

export const publicUrl = "https://voice.example.test";
export const streamPath = "/voice/stream/abc";
export const streamUrl = `wss://voice.example.test${streamPath}`;

/** The part of an emulator that these tests use of all carriers. */
interface Emulator {
  readonly calls: readonly { readonly audio: EmulatedAudio; readonly warnings: readonly string[] }[];
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>;
}

/** Settles once the first stream of the first call has begun at both ends. */
export async function begun(emulator: Emulator, app: MediaApp): Promise<MediaSocketSeen> {
  await emulator.waitFor(
    () => emulator.calls[0]?.audio.streams[0]?.state === "started" && (app.sockets[0]?.of("start").length ?? 0) > 0,
  );
  const [socket] = app.sockets;
  if (socket === undefined) throw new Error("no socket");
  return socket;
}

export function heardMs(audio: EmulatedAudio): number {
  return audio.hear().reduce((total, { ulaw }) => total + ulaw.length / 8, 0);
}
