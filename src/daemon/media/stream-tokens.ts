// Tokens in the paths of media URLs: each lets one socket in, once, for one call, and not for long.
import { randomBytes } from "node:crypto";
import type { Clock } from "../deps.ts";

/** Most URLs are used at once; one that is handed out with digits is used when they have been played. */
const validMs = 180_000;
/** More than any call needs; beyond it the oldest are forgotten, so that nothing grows without bound. */
const mostTokens = 4096;

export class StreamTokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { callId: string; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 32 characters of base64url, 192 bits. */
  issue(callId: string): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, { callId, until: this.#clock.now() + validMs });
    for (const [known, { until }] of this.#tokens) {
      if (until >= this.#clock.now() && this.#tokens.size <= mostTokens) break;
      this.#tokens.delete(known);
    }
    return token;
  }

  /** Which call it is for, without using it up. */
  peek(token: string): string | undefined {
    const known = this.#tokens.get(token);
    return known === undefined || known.until < this.#clock.now() ? undefined : known.callId;
  }

  /** Uses it up. The look-up is by hash, so its time tells nothing of how much of a guess was right. */
  redeem(token: string): string | undefined {
    const callId = this.peek(token);
    this.#tokens.delete(token);
    return callId;
  }

  /** The call is over: what is left of its tokens opens nothing. */
  revoke(callId: string): void {
    for (const [token, known] of this.#tokens) if (known.callId === callId) this.#tokens.delete(token);
  }
}

/** The media URL below `streamPath` at the host of the public URL. */
export function streamUrlOf(publicUrl: string, streamPath: string, token: string): string {
  const { protocol, host } = new URL(publicUrl);
  return `${protocol === "http:" ? "ws:" : "wss:"}//${host}${streamPath.replace(/\/+$/, "")}/${token}`;
}
