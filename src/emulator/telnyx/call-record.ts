// The state of one emulated call: a record that observers may look at while the call goes on.
import type { Clock } from "../clock.ts";
import { CallAudio } from "../media/call-audio.ts";
import type {
  CallState,
  Command,
  EmulatedCall,
  EmulatorEvent,
  HangupSource,
  Heard,
  Said,
  Track,
} from "./emulated-call.ts";
import type { WebhookAttempt } from "./webhook-sender.ts";

export interface CallIdentity {
  readonly callControlId: string;
  readonly callLegId: string;
  readonly callSessionId: string;
  readonly connectionId: string;
  readonly direction: "incoming" | "outgoing";
  readonly to: string;
  readonly from: string;
}

/** Transcription in progress. */
export interface Transcription {
  readonly tracks: Track | "both";
  readonly interim: boolean;
}

interface RecordPorts {
  readonly emit: (event: EmulatorEvent) => void;
  /** Something changed that is no event. */
  readonly poke: () => void;
}

export class CallRecord implements EmulatedCall {
  readonly identity: CallIdentity;
  readonly createdAt: number;
  readonly audio: CallAudio;
  readonly heard: Heard[] = [];
  readonly said: Said[] = [];
  readonly commands: Command[] = [];
  readonly warnings: string[] = [];
  readonly webhooks: WebhookAttempt[] = [];
  state: CallState;
  speaking = false;
  clientState: string | null = null;
  transcription: Transcription | null = null;
  answeredAt: number | null = null;
  endedAt: number | null = null;
  hangupCause: string | null = null;
  hangupSource: HangupSource | null = null;
  readonly #clock: Clock;
  readonly #emit: (event: EmulatorEvent) => void;
  #unanswered = 0;

  constructor(identity: CallIdentity, clock: Clock, { emit, poke }: RecordPorts) {
    this.identity = identity;
    this.state = identity.direction === "incoming" ? "parked" : "ringing";
    this.createdAt = clock.now();
    this.#clock = clock;
    this.#emit = emit;
    this.audio = new CallAudio(clock, (stream, what) => {
      if (what === "state") {
        emit({ type: "stream", callControlId: this.callControlId, stream });
      } else {
        poke();
      }
    });
  }

  get callControlId(): string {
    return this.identity.callControlId;
  }

  get callLegId(): string {
    return this.identity.callLegId;
  }

  get callSessionId(): string {
    return this.identity.callSessionId;
  }

  get direction(): "incoming" | "outgoing" {
    return this.identity.direction;
  }

  get to(): string {
    return this.identity.to;
  }

  get from(): string {
    return this.identity.from;
  }

  get listening(): boolean {
    return this.transcribes("inbound");
  }

  get digits(): string {
    const keys = this.heard.filter((heard) => heard.kind === "digits");
    return keys.map((heard) => heard.heard).join("");
  }

  get durationSeconds(): number | null {
    if (this.answeredAt === null) {
      return null;
    }
    const sinceEnd = this.endedAt === null ? 0 : this.#clock.since(this.endedAt);
    return Math.round((this.#clock.since(this.answeredAt) - sinceEnd) / 1000);
  }

  transcribes(track: Track): boolean {
    const { transcription, state } = this;
    return state === "answered" && (transcription?.tracks === track || transcription?.tracks === "both");
  }

  answered(): void {
    this.answeredAt = this.#clock.now();
    this.#become("answered");
  }

  ended(cause: string, source: HangupSource): void {
    this.endedAt = this.#clock.now();
    this.hangupCause = cause;
    this.hangupSource = source;
    this.transcription = null;
    this.#become("ended");
  }

  /** Tells observers of the state the call began in. */
  announce(): void {
    this.#become(this.state);
  }

  hears(heard: Heard): void {
    this.heard.push(heard);
    this.#emit({ type: "heard", callControlId: this.callControlId, heard });
  }

  says(said: Said): void {
    this.said.push(said);
    this.#emit({ type: "said", callControlId: this.callControlId, said });
  }

  commanded(command: Command): void {
    this.commands.push(command);
    this.#emit({ type: "command", callControlId: this.callControlId, command });
  }

  warn(warning: string): void {
    this.warnings.push(warning);
    this.#emit({ type: "warning", callControlId: this.callControlId, warning });
  }

  /** The words heard since the callee last had its turn. */
  takeHeard(): string {
    const spoken = this.heard.slice(this.#unanswered).filter((entry) => entry.kind === "speak");
    this.#unanswered = this.heard.length;
    return spoken.map((entry) => entry.heard).join(" ");
  }

  /** The fields that every event of this call carries. */
  fields(): Record<string, unknown> {
    const { identity } = this;
    return {
      call_control_id: identity.callControlId,
      call_leg_id: identity.callLegId,
      call_session_id: identity.callSessionId,
      connection_id: identity.connectionId,
      client_state: this.clientState,
      from: identity.from,
      to: identity.to,
      start_time: this.startTime,
    };
  }

  /** As Telnyx writes it. */
  get startTime(): string {
    return new Date(this.createdAt).toISOString();
  }

  get endTime(): string | null {
    return this.endedAt === null ? null : new Date(this.endedAt).toISOString();
  }

  #become(state: CallState): void {
    this.state = state;
    const { callControlId, hangupCause, to, from } = this;
    this.#emit({ type: "state", callControlId, state, hangupCause, to, from });
  }
}
