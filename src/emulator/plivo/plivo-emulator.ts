// What a test or a person can do with the Plivo emulator.
import type { CalleeScript } from "../twilio/callee.ts";
import type { PlivoEmulatedCall, PlivoEvent } from "./emulated-call.ts";
import type { PlivoFaults } from "./faults.ts";

/** A call that comes in from outside. */
export interface PlivoInboundCall {
  /** With or without `+`; also `anonymous` or a SIP address. */
  readonly from: string;
  readonly to: string;
  readonly answerUrl: string;
  readonly fallbackUrl?: string;
  /** Without it no hang-up callback is sent. */
  readonly hangupUrl?: string;
  readonly callerName?: string;
  /** How the caller behaves. */
  readonly caller?: CalleeScript;
}

/** Wherever a call is named, its CallUUID and its RequestUUID both do. */
export interface PlivoEmulator extends AsyncDisposable {
  /** The REST root, to be used in place of `https://api.plivo.com`. */
  readonly url: string;
  readonly authId: string;
  readonly authToken: string;
  /** All calls, oldest first. */
  readonly calls: readonly PlivoEmulatedCall[];
  /** Sets how a number behaves when it is called next; `*` is every number without a script of its own. */
  script(to: string, callee: CalleeScript): void;
  /** Sets the faults in force; `{}` takes them all away. */
  faults(faults: PlivoFaults): void;
  inbound(call: PlivoInboundCall): PlivoEmulatedCall;
  /** The other party speaks now; false when no GetInput was listening. Throws `RangeError` for an unknown call. */
  say(id: string, text: string): boolean;
  press(id: string, digits: string): boolean;
  /** The other party hangs up. */
  hangUp(id: string): void;
  onNextEvent(matches: (event: PlivoEvent) => boolean, timeoutMs?: number): Promise<PlivoEvent>;
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>;
}
