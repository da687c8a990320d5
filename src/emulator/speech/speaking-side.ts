// The speaking side of an emulated service: what it was asked to say, how fast it is, and its faults.
import type { ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { EventFeed } from "../event-feed.ts";
import type { HttpRoute, ServiceRequest } from "../service-server.ts";
import type { Speaking, SpeakingOptions } from "./speaking.ts";
import type { SpokenPiece } from "./spoken-piece.ts";
import { type FaultsInForce, type VoiceFault, VoiceFaultPlan } from "./voice-faults.ts";

export class SpeakingSide implements Speaking {
  readonly pieces: SpokenPiece[] = [];
  warmUps = 0;
  readonly options: SpeakingOptions;
  readonly clock: Clock;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
  readonly #plan = new VoiceFaultPlan();
  readonly #feed: EventFeed<"changed">;

  constructor(options: SpeakingOptions, life: { clock: Clock; signal: AbortSignal }) {
    this.options = options;
    this.clock = life.clock;
    this.signal = life.signal;
    this.#feed = new EventFeed(life.clock, life.signal);
  }

  faults(faults: readonly VoiceFault[]): void {
    this.#plan.replace(faults);
  }

  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void> {
    return this.#feed.waitFor(condition, timeoutMs);
  }

  begin(order: Pick<SpokenPiece, "text" | "voice" | "model">): { spoken: SpokenPiece; faults: FaultsInForce } {
    const spoken: SpokenPiece = { ...order, state: "speaking", sentMs: 0 };
    this.pieces.push(spoken);
    this.#feed.emit("changed");
    return { spoken, faults: this.#plan.take() };
  }

  ended(): void {
    this.#feed.emit("changed");
  }

  warmed(): void {
    this.warmUps += 1;
    this.#feed.emit("changed");
  }
}

/** A service's own path, fields and words. */
export interface SpeakingPath {
  /** Asked for with HEAD, by clients that want a connection. */
  readonly warmUpPath: string;
  takes(path: string): boolean;
  answer(order: SpeakingOrder, response: ServerResponse): Promise<void>;
}

export interface SpeakingOrder {
  readonly request: ServiceRequest;
  readonly body: unknown;
}

export function speakingRoute({ warmUpPath, takes, answer }: SpeakingPath, side: SpeakingSide): HttpRoute {
  return {
    takes: ({ method, url }) =>
      (method === "HEAD" && url.pathname === warmUpPath) || (method === "POST" && takes(url.pathname)),
    answer(request, body, response) {
      if (request.method === "HEAD") {
        response.end();
        side.warmed();
      } else void answer({ request, body: parsed(body.toString()) }, response).finally(() => side.ended());
    },
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
