// All calls that are on a media stream: makes each one's line, gives it its socket, and one beat for all of them.
import { join } from "node:path";
import { decideFact } from "../../call/decide-fact.ts";
import { CallError } from "../../call/error.ts";
import type { StoredEvent } from "../../call/event.ts";
import type { CarrierFact } from "../../call/fact.ts";
import { type CallState, isOver } from "../../call/state.ts";
import type { CallActor, Decision } from "../calls/actor.ts";
import type { CallMedia } from "../calls/media.ts";
import type { CallRegistry } from "../calls/registry.ts";
import type { ExpectedStream, MediaSocket } from "../carriers/media.ts";
import type { Clock, Log } from "../deps.ts";
import { startCallRecording } from "./call-recording.ts";
import { MediaLine, type LinePorts } from "./media-line.ts";
import { readStream } from "./read-stream.ts";
import type { StreamLink } from "./stream-link.ts";
import { Ticker } from "./ticker.ts";
import type { TimedTurn } from "./turn-clock.ts";

/** What live audio of one call goes by. */
export interface LineSettings extends Pick<LinePorts, "speak" | "warmUp" | "protectMs"> {
  ear: Omit<LinePorts["ear"], "carrierHears">;
  maxRecordingBytes: number;
  /** The call needs none of it any more. */
  release(): void;
}

interface OpenLine {
  line: MediaLine;
  tick(): void;
  recording: boolean;
  settings: Pick<LineSettings, "maxRecordingBytes" | "release">;
}

export interface EnginePorts {
  clock: Clock;
  log: Log;
  /** Recordings lie in a folder of it. */
  stateDir: string;
  registry: Pick<CallRegistry, "find">;
  streamUrl(callId: string): string;
  settings(state: CallState): LineSettings | undefined;
  /** Nothing is to stream for this call any more. */
  ended(callId: string): void;
  /** Whether the carrier tells what is said on its streams. */
  carrierHears(carrier: string): boolean;
}

export class MediaEngine implements CallMedia, AsyncDisposable {
  readonly #ports: EnginePorts;
  readonly #ticker: Ticker;
  readonly #lines = new Map<string, OpenLine>();

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#ticker = new Ticker(ports.clock, (error) =>
      ports.log.error({ error: String(error) }, "a call on a media stream missed a beat"),
    );
  }

  /** Calls whose media socket is up. */
  get streaming(): number {
    let count = 0;
    for (const { line } of this.#lines.values()) if (line.isUp) count++;
    return count;
  }

  streamUrl(callId: string): string {
    return this.#ports.streamUrl(callId);
  }

  async speak(callId: string, order: { utteranceId: string; text: string }, signal: AbortSignal): Promise<void> {
    const line = this.#lineOf(callId);
    if (line === undefined) throw new CallError("CALL_NOT_LIVE", "the call has no media stream");
    await line.speak(order, signal);
  }

  isHeard(callId: string): boolean {
    return this.#lines.get(callId)?.line.isHeard === true;
  }

  /** The socket is verified, and has begun. False when the call does not stream. */
  attach(callId: string, link: StreamLink): MediaLine | undefined {
    const line = this.#lineOf(callId);
    if (line === undefined) return undefined;
    this.#record(callId, line);
    line.attach(link);
    return line;
  }

  take(callId: string, socket: MediaSocket, expected: ExpectedStream): void {
    readStream(socket, expected, { begun: () => undefined, attach: (link) => this.attach(callId, link) });
  }

  /** Words that the carrier has understood of a caller. False when no stream is up: they are a fact like any other then. */
  told(callId: string, text: string): boolean {
    const line = this.#lines.get(callId)?.line;
    if (line?.isUp !== true) return false;
    line.told(text);
    return true;
  }

  firstToken(callId: string, offerId: string): void {
    this.#lines.get(callId)?.line.firstToken(offerId);
  }

  /** Each event of each call, after it is stored. */
  noticed(callId: string, event: StoredEvent): void {
    if (event.type === "call.ended" || event.type === "stream.abandoned") return this.#end(callId);
    const line = this.#lineOf(callId);
    if (event.type === "call.requested" || event.type === "call.received") line?.plan(this.#opening(callId));
    else line?.noticed(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ticker[Symbol.dispose]();
    const open = [...this.#lines.values()];
    this.#lines.clear();
    for (const { settings } of open) settings.release();
    await Promise.allSettled(open.map(({ line }) => line[Symbol.asyncDispose]()));
  }

  #opening(callId: string): { utteranceId: string; text: string }[] {
    return this.#ports.registry.find(callId)?.state?.queue ?? [];
  }

  #lineOf(callId: string): MediaLine | undefined {
    const known = this.#lines.get(callId);
    if (known !== undefined) return known.line;
    const actor = this.#ports.registry.find(callId);
    const state = actor?.state;
    if (actor === undefined || state === undefined || isOver(state) || !state.traits.streams) return undefined;
    const settings = this.#ports.settings(state);
    return settings === undefined ? undefined : this.#open(actor, settings, this.#ports.carrierHears(state.carrier));
  }

  #open(actor: CallActor, settings: LineSettings, carrierHears: boolean): MediaLine {
    const { speak, warmUp, ear, protectMs } = settings;
    const { clock, log } = this.#ports;
    const line = new MediaLine({
      callId: actor.callId,
      log,
      now: () => clock.monotonic(),
      wallNow: () => clock.now(),
      state: () => actor.state,
      tell: (...facts) => this.#tell(actor, facts),
      timed: (turn) => this.#timed(actor, turn),
      speak,
      warmUp,
      ear: { ...ear, carrierHears },
      protectMs,
    });
    const tick = (): void => line.tick();
    this.#lines.set(actor.callId, { line, tick, recording: false, settings });
    this.#ticker.add(tick);
    return line;
  }

  #end(callId: string): void {
    this.#ports.ended(callId);
    const known = this.#lines.get(callId);
    if (known === undefined) return;
    this.#lines.delete(callId);
    this.#ticker.remove(known.tick);
    known.settings.release();
    void known.line[Symbol.asyncDispose]();
  }

  #tell(actor: CallActor, facts: readonly CarrierFact[]): void {
    this.#decide(
      actor,
      facts.map((one) => (state, at) => decideFact(state, one, at)),
    );
  }

  #timed(actor: CallActor, { offerId, speechEndedAt, times }: TimedTurn): void {
    const { clock } = this.#ports;
    const endedAt = Math.round(clock.now() - (clock.monotonic() - speechEndedAt));
    const rounded = Object.fromEntries(Object.entries(times).map(([mark, ms]) => [mark, Math.round(ms * 10) / 10]));
    this.#decide(actor, [() => [{ type: "turn.timed", offerId, speechEndedAt: endedAt, times: rounded }]]);
  }

  /** What is true of the line is told until the log takes it, or the call is over. */
  #decide(actor: CallActor, decisions: Decision[]): void {
    actor.tell(decisions).catch((error: unknown) => {
      this.#ports.log.error(
        { callId: actor.callId, error: String(error) },
        "a fact of the media stream could not be stored",
      );
      if (!actor.signal.aborted) this.#ports.clock.after(500, () => this.#decide(actor, decisions));
    });
  }

  #record(callId: string, line: MediaLine): void {
    const known = this.#lines.get(callId);
    const actor = this.#ports.registry.find(callId);
    if (known === undefined || known.recording || actor?.state?.recording === undefined) return;
    known.recording = true;
    const maxBytes = known.settings.maxRecordingBytes;
    const { log, clock, stateDir } = this.#ports;
    // A call that is recorded on after a restart has one more file.
    const file = join(stateDir, "recordings", `${callId}-${clock.now().toString(36)}.wav`);
    const recording = startCallRecording({
      callId,
      file,
      maxBytes,
      log,
      now: () => clock.monotonic(),
      ended: ({ durationMs }) =>
        this.#decide(actor, [() => [{ type: "call.recorded", file, durationMs: Math.round(durationMs) }]]),
    });
    line.record(recording);
  }
}
