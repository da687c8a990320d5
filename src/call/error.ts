// The one error class that crosses every boundary of the product, with its closed list of codes.

/** Every way in which an order can fail. `retryable`: the same order may succeed later without any change. */
export const errorCodes = {
  INVALID_INPUT: { retryable: false },
  CONFIG_INVALID: { retryable: false },
  NO_SUCH_CALL: { retryable: false },
  CALL_ENDED: { retryable: false },
  CALL_NOT_LIVE: { retryable: true },
  ALREADY_ASKING: { retryable: true },
  TURN_TAKEN: { retryable: false },
  REQUEST_CONFLICT: { retryable: false },
  LIVE_CALLS: { retryable: true },
  AT_CAPACITY: { retryable: true },
  NOT_ALLOWED: { retryable: false },
  UNSUPPORTED: { retryable: false },
  CARRIER_REFUSED: { retryable: false },
  CARRIER_UNREACHABLE: { retryable: true },
  TUNNEL_FAILED: { retryable: true },
  SPEECH_FAILED: { retryable: true },
  OUTCOME_UNKNOWN: { retryable: false },
  NOBODY_SPOKE: { retryable: true },
  TIMED_OUT: { retryable: true },
  DRAINING: { retryable: true },
  DAEMON_UNREACHABLE: { retryable: true },
  UNAUTHORIZED: { retryable: false },
  VERSION_MISMATCH: { retryable: false },
  PORT_IN_USE: { retryable: false },
  STORE_FAILED: { retryable: false },
  ABORTED: { retryable: true },
  INTERNAL: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

export type ErrorCode = keyof typeof errorCodes;

export interface CallErrorOptions {
  /** The way out, in one sentence a person can act on. */
  hint?: string | undefined;
  /** The carrier's own error code, kept with its message. */
  carrierCode?: string | undefined;
  /** The call that the failed order was about. */
  callId?: string | undefined;
  cause?: unknown;
}

/** What an error looks like on the wire and in `--json` output. */
export interface CallErrorShape {
  code: ErrorCode;
  message: string;
  hint?: string;
  carrierCode?: string;
  callId?: string;
}

/** A refused or failed order. Messages name the thing and its shape, never secrets, transcripts or full numbers. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly carrierCode: string | undefined;
  readonly callId: string | undefined;

  constructor(code: ErrorCode, message: string, options: CallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.carrierCode = options.carrierCode;
    this.callId = options.callId;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  toJSON(): CallErrorShape {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.carrierCode !== undefined && { carrierCode: this.carrierCode }),
      ...(this.callId !== undefined && { callId: this.callId }),
    };
  }
}

export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(errorCodes, text);
}
