// The Twilio emulator: everything put together behind one small interface.
import { createClock } from "../clock.ts";
import { EventFeed } from "../event-feed.ts";
import { createIds, type Ids } from "../ids.ts";
import { listenOnLoopback, type LoopbackServer } from "../loopback-server.ts";
import type { Route } from "../route.ts";
import { TwilioCall, type CallPlan, type CallPorts } from "./call.ts";
import { speech, type CalleeScript } from "./callee.ts";
import { answerControl } from "./control.ts";
import type { EmulatedCall, EmulatorEvent } from "./emulated-call.ts";
import { FaultPlan, type TwilioFaults } from "./faults.ts";
import { answerRest } from "./rest-server.ts";
import type { InboundCall, TwilioEmulator } from "./twilio-emulator.ts";
import { StreamDialler } from "./stream-dialler.ts";
import { WebhookSender } from "./webhook-sender.ts";

export interface TwilioEmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  readonly accountSid?: string;
  readonly authToken?: string;
  /** Real milliseconds per line millisecond. Default 0.02: a ring of 15 s takes 300 ms. */
  readonly scale?: number;
  /** Public origins that really stand on loopback. */
  readonly routes?: readonly Route[];
  /** The same seed gives the same ids. Default `twilio`. */
  readonly seed?: string;
  /** Real milliseconds before the first webhook retry. Default 300. */
  readonly retryGapMs?: number;
  /** Real milliseconds for one webhook with its retries. Default 15000. */
  readonly webhookTimeoutMs?: number;
  /** Hanging up a call that is over: refused with 21220 (default), or accepted. */
  readonly finishedHangUp?: "refuse" | "accept";
  /** For numbers without a script of their own. Default: answers after a second and stays silent. */
  readonly callee?: CalleeScript;
  readonly onEvent?: (event: EmulatorEvent) => void;
}

const DEFAULT_ACCOUNT_SID = "AC00000000000000000000000000000000";
const DEFAULT_AUTH_TOKEN = "0123456789abcdef0123456789abcdef";

/** Starts an emulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startTwilioEmulator(options: TwilioEmulatorOptions = {}): Promise<TwilioEmulator> {
  const exchange = new Exchange(options);
  await exchange.listen(options.port ?? 0);
  return exchange;
}

class Exchange implements TwilioEmulator {
  readonly accountSid: string;
  readonly authToken: string;
  readonly #byId = new Map<string, TwilioCall>();
  readonly #scripts = new Map<string, CalleeScript>();
  readonly #faults = new FaultPlan();
  readonly #closing = new AbortController();
  readonly #feed: EventFeed<EmulatorEvent>;
  readonly #ids: Ids;
  readonly #ports: CallPorts;
  readonly #finishedHangUp: "refuse" | "accept";
  #server: LoopbackServer | null = null;

  constructor(options: TwilioEmulatorOptions) {
    const clock = createClock(options.scale ?? 0.02);
    const { signal } = this.#closing;
    this.accountSid = options.accountSid ?? DEFAULT_ACCOUNT_SID;
    this.authToken = options.authToken ?? DEFAULT_AUTH_TOKEN;
    this.#finishedHangUp = options.finishedHangUp ?? "refuse";
    this.#ids = createIds(options.seed ?? "twilio");
    this.#feed = new EventFeed(clock, signal);
    if (options.onEvent !== undefined) {
      this.#feed.observe(options.onEvent);
    }
    this.script("*", options.callee ?? {});
    const sender = new WebhookSender({
      authToken: this.authToken,
      routes: options.routes ?? [],
      retryGapMs: options.retryGapMs ?? 300,
      webhookTimeoutMs: options.webhookTimeoutMs ?? 15_000,
      clock,
      ids: this.#ids,
      faults: this.#faults,
      signal,
      onAttempt: (attempt) => {
        this.#byId.get(attempt.sid)?.record.webhooks.push(attempt);
        this.#feed.emit({ type: "webhook", sid: attempt.sid, attempt });
      },
    });
    this.#ports = {
      accountSid: this.accountSid,
      clock,
      sender,
      faults: this.#faults,
      emit: (event) => {
        this.#feed.emit(event);
      },
      poke: () => {
        this.#feed.poke();
      },
      streams: new StreamDialler({
        accountSid: this.accountSid,
        authToken: this.authToken,
        routes: options.routes ?? [],
        ids: this.#ids,
        faults: this.#faults,
      }),
      signal,
    };
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  get calls(): readonly EmulatedCall[] {
    return [...this.#byId.values()].map((call) => call.record);
  }

  async listen(port: number): Promise<void> {
    const rest = {
      accountSid: this.accountSid,
      authToken: this.authToken,
      finishedHangUp: this.#finishedHangUp,
      calls: this.#byId,
      place: (plan: Omit<CallPlan, "sid" | "direction" | "callee">) =>
        this.#begin({ ...plan, direction: "outbound-api", callee: this.#scriptFor(plan.to) }),
      clock: this.#ports.clock,
      faults: this.#faults,
      emit: this.#ports.emit,
      signal: this.#closing.signal,
      firstWebhook: (sid: string) => this.#feed.next((event) => event.type === "webhook" && event.sid === sid),
    };
    this.#server = await listenOnLoopback(port, (request) =>
      request.url.pathname.startsWith("/emulator/")
        ? Promise.resolve(answerControl(request, this))
        : answerRest(request, rest),
    );
  }

  script(to: string, callee: CalleeScript): void {
    this.#scripts.set(to, callee);
  }

  faults(faults: TwilioFaults): void {
    this.#faults.replace(faults);
  }

  inbound(call: InboundCall): EmulatedCall {
    const { fallbackUrl, statusCallbackUrl } = call;
    return this.#begin({
      direction: "inbound",
      to: call.to,
      from: call.from,
      first: { kind: "voice", url: call.voiceUrl, method: "POST", fields: [] },
      fallback: fallbackUrl === undefined ? null : { url: fallbackUrl, method: "POST" },
      statusCallback:
        statusCallbackUrl === undefined ? null : { url: statusCallbackUrl, method: "POST", events: ["completed"] },
      ringSeconds: 0,
      limitSeconds: 14_400,
      sendDigits: "",
      detection: "off",
      callee: call.caller ?? this.#scriptFor(call.from),
    }).record;
  }

  say(sid: string, text: string): boolean {
    return this.#call(sid).input(speech(text));
  }

  press(sid: string, digits: string): boolean {
    return this.#call(sid).input({ kind: "digits", digits });
  }

  hangUp(sid: string): void {
    this.#call(sid).hangUp();
  }

  onNextEvent(matches: (event: EmulatorEvent) => boolean, timeoutMs?: number): Promise<EmulatorEvent> {
    return this.#feed.next(matches, timeoutMs);
  }

  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void> {
    return this.#feed.waitFor(condition, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#server?.[Symbol.asyncDispose]();
  }

  #begin(plan: Omit<CallPlan, "sid">): TwilioCall {
    const sid = this.#ids.next("CA");
    const call = new TwilioCall({ ...plan, sid }, this.#ports);
    this.#byId.set(sid, call);
    if (plan.direction === "inbound") {
      void call.run();
    } else {
      // The reply to a create request still shows the call as queued.
      setImmediate(() => void call.run());
    }
    return call;
  }

  #scriptFor(number: string): CalleeScript {
    return this.#scripts.get(number) ?? this.#scripts.get("*") ?? {};
  }

  #call(sid: string): TwilioCall {
    const call = this.#byId.get(sid);
    if (call === undefined) {
      throw new RangeError(`no call ${sid}`);
    }
    return call;
  }
}
