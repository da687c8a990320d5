// What a running Telnyx emulator can be asked for.
import type { CalleeScript } from "./callee.ts";
import type { EmulatedCall, EmulatorEvent } from "./emulated-call.ts";
import type { TelnyxFaults } from "./faults.ts";

/** A call that comes in from outside. */
export interface InboundCall {
  /** Any caller id, also an empty one or `anonymous`. */
  readonly from: string;
  readonly to: string;
  /** In place of the connection's. */
  readonly webhookUrl?: string;
  /** How the caller behaves. */
  readonly caller?: CalleeScript;
}

export interface TelnyxEmulator extends AsyncDisposable {
  /** The REST root, to be used in place of `https://api.telnyx.com/v2`. */
  readonly url: string;
  readonly apiKey: string;
  readonly connectionId: string;
  /** Verifies the webhooks: raw 32 bytes in base64. */
  readonly publicKey: string;
  /** All calls, oldest first. */
  readonly calls: readonly EmulatedCall[];
  /** Sets how a number behaves when it is called next, or calls; `*` is every number without a script of its own. */
  script(number: string, callee: CalleeScript): void;
  /** Sets the faults in force; `{}` takes them all away. */
  faults(faults: TelnyxFaults): void;
  inbound(call: InboundCall): EmulatedCall;
  /** The other party speaks now; false when its words are not transcribed at the moment. Throws `RangeError` for an unknown call. */
  say(callControlId: string, text: string): boolean;
  /** The other party presses keys; false when the call is not answered. */
  press(callControlId: string, digits: string): boolean;
  /** The other party hangs up. */
  hangUp(callControlId: string): void;
  onNextEvent(matches: (event: EmulatorEvent) => boolean, timeoutMs?: number): Promise<EmulatorEvent>;
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>;
}
