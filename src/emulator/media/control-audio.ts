// A call's live audio over an emulator's own HTTP interface, for whoever plays the other party from another process.
import { ControlError, text } from "../control-request.ts";
import type { EmulatedAudio, Sound, StreamView } from "./audio.ts";
import { bytesIn } from "./read-json.ts";

/** Answers `GET calls/{id}/audio` and `GET calls/{id}/recording`. Throws `ControlError`. */
export function shownAudio(what: string, audio: EmulatedAudio): unknown {
  switch (what) {
    case "audio": {
      const { streaming, speaking, bufferedMs, streams } = audio;
      const seen = streams.map((stream) => seenOf(stream));
      const [heard, said] = [timesOf(audio.hear()), timesOf(audio.said())];
      return { streaming, speaking, bufferedMs, heard, said, streams: seen };
    }
    case "recording":
      return { wav: audio.recording().toString("base64") };
    default:
      throw new ControlError(404, "of a call can be seen: audio, recording");
  }
}

/** Answers `POST calls/{id}/speak` with µ-law in base64: it begins at once, and is not waited for. */
export function speakOver(audio: EmulatedAudio, body: Record<string, unknown>): unknown {
  const ulaw = bytesIn(text(body, "ulaw"));
  if (ulaw === null) {
    throw new ControlError(400, "ulaw must be G.711 µ-law in base64");
  }
  if (!audio.streaming) {
    return { ok: false, reason: "no media stream is up" };
  }
  void audio.speak(ulaw);
  return { ok: true };
}

function timesOf(sounds: readonly Sound[]): { atMs: number; ms: number }[] {
  return sounds.map(({ atMs, ulaw }) => ({ atMs, ms: ulaw.length / 8 }));
}

/** A socket without what only this process can use. */
function seenOf(stream: StreamView): StreamView {
  const { streamId, url, state, refusedWith, closeCode, received, marks, foreign } = stream;
  return { streamId, url, state, refusedWith, closeCode, received, marks, foreign };
}
