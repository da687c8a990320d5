// Parts the audio of an emulated voice in time and in length, as its pace and its faults have it.
import type { Clock } from "../clock.ts";
import type { SpokenPiece, VoiceTiming } from "./spoken-piece.ts";
import type { FaultsInForce } from "./voice-faults.ts";

export interface AudioPlan {
  readonly audio: Uint8Array;
  readonly bytesPerMs: number;
  readonly timing: VoiceTiming;
  readonly faults: FaultsInForce;
  readonly clock: Clock;
  readonly spoken: SpokenPiece;
  /** Aborts when the client has gone or the emulator closes. */
  readonly signal: AbortSignal;
}

/** How a voice came to its end: `close` is the fault that cuts the connection. */
export type AudioEnd = "finished" | "close" | "aborted";

const DRIP_MS = 20;
const PIECE_MS = 100;
const ODD_LENGTHS = [1, 3, 7, 333, 1, 1001, 161];

/** Hands piece after piece to `send`, which waits for the client where it is slow. */
export async function sendInPieces(plan: AudioPlan, send: (piece: Uint8Array) => Promise<void>): Promise<AudioEnd> {
  const { audio, bytesPerMs, timing, faults, clock, spoken, signal } = plan;
  await clock.passReal((timing.firstByteMs ?? 0) + (faults.find("delay")?.ms ?? 0), signal);
  const limit = cutOf(plan);
  const drip = faults.find("drip");
  let sent = 0;
  for (let turn = 0; sent < limit.bytes && !signal.aborted; turn++) {
    const piece = audio.subarray(sent, Math.min(limit.bytes, sent + lengthOf(plan, turn)));
    await send(piece);
    sent += piece.length;
    spoken.sentMs = sent / bytesPerMs;
    if (drip !== undefined) await clock.passReal(drip.everyMs, signal);
    if (timing.pace !== undefined) await clock.passReal(piece.length / bytesPerMs / timing.pace, signal);
  }
  if (limit.end === "stall" && !signal.aborted) await clock.passReal(3_600_000, signal);
  if (signal.aborted) return "aborted";
  return limit.end === "close" ? "close" : "finished";
}

function cutOf({ audio, bytesPerMs, faults }: AudioPlan): { bytes: number; end: "stall" | "close" | "finished" } {
  const cut = faults.find("stall") ?? faults.find("close");
  if (faults.find("empty") !== undefined) return { bytes: 0, end: "finished" };
  if (cut === undefined) return { bytes: audio.length, end: "finished" };
  return { bytes: Math.min(audio.length, cut.afterMs * bytesPerMs), end: cut.fault };
}

function lengthOf({ audio, bytesPerMs, timing, faults }: AudioPlan, turn: number): number {
  if (faults.find("odd-pieces") !== undefined) return ODD_LENGTHS[turn % ODD_LENGTHS.length] ?? 1;
  if (faults.find("drip") !== undefined) return DRIP_MS * bytesPerMs;
  return timing.pace === undefined ? Math.max(1, audio.length) : PIECE_MS * bytesPerMs;
}
