// The hearing side of an emulated speech service: its sessions, what they understand next, and their faults.
import type { Clock } from "../clock.ts";
import { EventFeed } from "../event-feed.ts";
import type { ServiceRefusal, ServiceRequest, SocketRoute } from "../service-server.ts";
import { HearingFaultPlan, type HearingFaults } from "./faults.ts";
import type { Hearing, HearingOptions } from "./hearing.ts";
import { Recogniser, type TurnTeller } from "./recogniser.ts";
import { EmulatedSession, type SessionTalk } from "./session.ts";

/** A service's own protocol. */
export interface HearingProtocol {
  takes(request: ServiceRequest): boolean;
  /** What the service answers to a request that it does not take. */
  refuse(request: ServiceRequest): ServiceRefusal | undefined;
  /** The service's own words for a status. */
  refusal(status: number): ServiceRefusal;
  begin(session: EmulatedSession, ports: SessionPorts): SessionTalk;
}

export interface SessionPorts {
  readonly clock: Clock;
  /** A recogniser for this session. */
  recogniser(silenceMs: number | null, teller: TurnTeller): Recogniser;
}

const DEFAULT_LOUDNESS = 400;
const DEFAULT_FINAL_AFTER_MS = 20;

export class HearingSide implements Hearing, SocketRoute {
  readonly sessions: EmulatedSession[] = [];
  attempts = 0;
  readonly #protocol: HearingProtocol;
  readonly #options: HearingOptions;
  readonly #clock: Clock;
  readonly #plan = new HearingFaultPlan();
  readonly #feed: EventFeed<"changed">;
  readonly #texts: string[] = [];
  readonly #refusedWith: string[] = [];

  constructor(protocol: HearingProtocol, options: HearingOptions, life: { clock: Clock; signal: AbortSignal }) {
    this.#protocol = protocol;
    this.#options = options;
    this.#clock = life.clock;
    this.#feed = new EventFeed(life.clock, life.signal);
  }

  get complaints(): readonly string[] {
    return [...this.#refusedWith, ...this.sessions.flatMap((session) => session.complaints)];
  }

  say(...texts: string[]): void {
    this.#texts.push(...texts);
  }

  faults(faults: HearingFaults): void {
    this.#plan.replace(faults);
  }

  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void> {
    return this.#feed.waitFor(condition, timeoutMs);
  }

  takes(request: ServiceRequest): boolean {
    return this.#protocol.takes(request);
  }

  refuse(request: ServiceRequest): ServiceRefusal | "hang" | undefined {
    this.attempts += 1;
    this.#feed.emit("changed");
    const refusal = this.#protocol.refuse(request);
    if (refusal !== undefined) {
      this.#refusedWith.push(`refused with ${JSON.stringify(refusal.json)}`);
      return refusal;
    }
    const fault = this.#plan.forUpgrade();
    if (fault === undefined) return undefined;
    return fault.fault === "refuse" ? this.#protocol.refusal(fault.status) : "hang";
  }

  accept(socket: ConstructorParameters<typeof EmulatedSession>[0], request: ServiceRequest): void {
    const index = this.sessions.length;
    const session = new EmulatedSession(socket, {
      request,
      faults: this.#plan.forConnection(),
      keepAudio: this.#options.keepAudio ?? false,
      clock: this.#clock,
      onChange: () => this.#feed.emit("changed"),
    });
    this.sessions.push(session);
    const talk = this.#protocol.begin(session, {
      clock: this.#clock,
      recogniser: (silenceMs, teller) =>
        new Recogniser(
          {
            silenceMs,
            loudness: this.#options.loudness ?? DEFAULT_LOUDNESS,
            finalAfterMs: this.#options.finalAfterMs ?? DEFAULT_FINAL_AFTER_MS,
            nextText: (turn) => this.#nextText(index, turn),
            finalFaults: (turn) => this.#plan.forFinal(turn),
            clock: this.#clock,
            signal: session.ended.signal,
          },
          teller,
        ),
    });
    session.talk(talk);
    this.#feed.emit("changed");
  }

  #nextText(session: number, turn: number): string {
    return this.#texts.shift() ?? this.#options.understand?.({ session, turn }) ?? "something was said";
  }
}
