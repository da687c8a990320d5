// What a test or a person can do with the Twilio emulator.
import type { CalleeScript } from "./callee.ts";
import type { EmulatedCall, EmulatorEvent } from "./emulated-call.ts";
import type { TwilioFaults } from "./faults.ts";

/** A call that comes in from outside. */
export interface InboundCall {
  readonly from: string;
  readonly to: string;
  readonly voiceUrl: string;
  readonly fallbackUrl?: string;
  /** Without it no status callback is sent. */
  readonly statusCallbackUrl?: string;
  /** How the caller behaves. */
  readonly caller?: CalleeScript;
}

export interface TwilioEmulator extends AsyncDisposable {
  /** The REST root, to be used in place of `https://api.twilio.com`. */
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** All calls, oldest first. */
  readonly calls: readonly EmulatedCall[];
  /** Sets how a number behaves when it is called next; `*` is every number without a script of its own. */
  script(to: string, callee: CalleeScript): void;
  /** Sets the faults in force; `{}` takes them all away. */
  faults(faults: TwilioFaults): void;
  inbound(call: InboundCall): EmulatedCall;
  /** The other party speaks now; false when no Gather was listening. Throws `RangeError` for an unknown call. */
  say(sid: string, text: string): boolean;
  press(sid: string, digits: string): boolean;
  /** The other party hangs up. */
  hangUp(sid: string): void;
  onNextEvent(matches: (event: EmulatorEvent) => boolean, timeoutMs?: number): Promise<EmulatorEvent>;
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>;
}
