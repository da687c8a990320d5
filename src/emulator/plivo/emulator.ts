// The Plivo emulator: everything put together behind one small interface.
import { createClock } from "../clock.ts";
import { EventFeed } from "../event-feed.ts";
import { createIds } from "../ids.ts";
import { listenOnLoopback, type LoopbackServer } from "../loopback-server.ts";
import type { Route } from "../route.ts";
import { speech, type CalleeScript } from "../twilio/callee.ts";
import { bare } from "./call-record.ts";
import { PlivoCall, type CallPlan, type CallPorts } from "./call.ts";
import { answerControl } from "./control.ts";
import type { PlivoEmulatedCall, PlivoEvent } from "./emulated-call.ts";
import { FaultPlan, type PlivoFaults } from "./faults.ts";
import type { PlivoEmulator, PlivoInboundCall } from "./plivo-emulator.ts";
import type { PlacedCall } from "./rest-params.ts";
import { answerRest } from "./rest-server.ts";
import { StreamDialler } from "./stream-dialler.ts";
import { nonceFrom, WebhookSender } from "./webhook-sender.ts";

export interface PlivoEmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  readonly authId?: string;
  readonly authToken?: string;
  /** Token of the main account, when the call belongs to a subaccount. Default: `authToken`. */
  readonly mainAuthToken?: string;
  /** Real milliseconds per line millisecond. Default 0.02: a ring of 15 s takes 300 ms. */
  readonly scale?: number;
  /** Public origins that really stand on loopback. */
  readonly routes?: readonly Route[];
  /** The same seed gives the same ids. Default `plivo`. */
  readonly seed?: string;
  /** Real milliseconds before the first webhook retry. Default 300. */
  readonly retryGapMs?: number;
  /** Real milliseconds for one attempt to get a document. Default 15000. */
  readonly documentTimeoutMs?: number;
  /** Real milliseconds from the end of a call until its detail record can be read. Default 0. */
  readonly detailDelayMs?: number;
  /** Gives outbound calls one id as RequestUUID and CallUUID. Default false. */
  readonly sameIds?: boolean;
  /** What an element does that is none of Plivo's: `warn` skips it (default), `hang-up` ends the call with an 801x code. */
  readonly unknownElements?: "warn" | "hang-up";
  /** For numbers without a script of their own. Default: answers after a second and stays silent. */
  readonly callee?: CalleeScript;
  readonly onEvent?: (event: PlivoEvent) => void;
}

const DEFAULT_AUTH_ID = "MAEMULATEDPLIVOACCT0";
const DEFAULT_AUTH_TOKEN = "PLIVOFAKETOKEN0123456789";

/** Starts an emulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startPlivoEmulator(options: PlivoEmulatorOptions = {}): Promise<PlivoEmulator> {
  const exchange = new Exchange(options);
  await exchange.listen(options.port ?? 0);
  return exchange;
}

class Exchange implements PlivoEmulator {
  readonly authId: string;
  readonly authToken: string;
  readonly #byUuid = new Map<string, PlivoCall>();
  readonly #scripts = new Map<string, CalleeScript>();
  readonly #faults = new FaultPlan();
  readonly #closing = new AbortController();
  readonly #feed: EventFeed<PlivoEvent>;
  readonly #options: PlivoEmulatorOptions;
  readonly #newUuid: () => string;
  readonly #apiId: () => string;
  readonly #ports: CallPorts;
  #server: LoopbackServer | null = null;

  constructor(options: PlivoEmulatorOptions) {
    const clock = createClock(options.scale ?? 0.02);
    const seed = options.seed ?? "plivo";
    const { signal } = this.#closing;
    this.#options = options;
    this.authId = options.authId ?? DEFAULT_AUTH_ID;
    this.authToken = options.authToken ?? DEFAULT_AUTH_TOKEN;
    this.#newUuid = uuids(seed);
    this.#apiId = uuids(`${seed} api`);
    this.#feed = new EventFeed(clock, signal);
    if (options.onEvent !== undefined) {
      this.#feed.observe(options.onEvent);
    }
    this.script("*", options.callee ?? {});
    const sender = new WebhookSender({
      authToken: this.authToken,
      mainAuthToken: options.mainAuthToken ?? this.authToken,
      routes: options.routes ?? [],
      retryGapMs: options.retryGapMs ?? 300,
      documentTimeoutMs: options.documentTimeoutMs ?? 15_000,
      clock,
      nonces: createIds(`${seed} nonce`),
      faults: this.#faults,
      signal,
      onAttempt: (attempt) => {
        this.#byUuid.get(attempt.callUuid)?.record.webhooks.push(attempt);
        this.#feed.emit({ type: "webhook", callUuid: attempt.callUuid, attempt });
      },
    });
    this.#ports = {
      authId: this.authId,
      clock,
      sender,
      faults: this.#faults,
      unknownElements: options.unknownElements ?? "warn",
      emit: (event) => {
        this.#feed.emit(event);
      },
      poke: () => {
        this.#feed.poke();
      },
      streams: this.#createStreams(seed),
      signal,
    };
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  get calls(): readonly PlivoEmulatedCall[] {
    return [...this.#byUuid.values()].map((call) => call.record);
  }

  async listen(port: number): Promise<void> {
    const rest = {
      authId: this.authId,
      authToken: this.authToken,
      clock: this.#ports.clock,
      detailDelayMs: this.#options.detailDelayMs ?? 0,
      calls: this.#byUuid,
      place: (plan: PlacedCall) => this.#place(plan),
      apiId: this.#apiId,
      faults: this.#faults,
      emit: this.#ports.emit,
      signal: this.#closing.signal,
      firstWebhook: (callUuid: string) =>
        this.#feed.next((event) => event.type === "webhook" && event.callUuid === callUuid),
    };
    this.#server = await listenOnLoopback(port, (request) =>
      request.url.pathname.startsWith("/emulator/")
        ? Promise.resolve(answerControl(request, this))
        : answerRest(request, rest),
    );
  }

  script(to: string, callee: CalleeScript): void {
    this.#scripts.set(bare(to), callee);
  }

  faults(faults: PlivoFaults): void {
    this.#faults.replace(faults);
  }

  inbound(call: PlivoInboundCall): PlivoEmulatedCall {
    const { fallbackUrl, hangupUrl } = call;
    const inbound = this.#begin({
      callUuid: this.#newUuid(),
      requestUuid: null,
      direction: "inbound",
      to: call.to,
      from: call.from,
      callerName: call.callerName ?? bare(call.from),
      answer: { url: call.answerUrl, method: "POST" },
      fallback: fallbackUrl === undefined ? null : { url: fallbackUrl, method: "POST" },
      ring: null,
      hangup: hangupUrl === undefined ? null : { url: hangupUrl, method: "POST" },
      ringSeconds: 0,
      limitSeconds: 14_400,
      sendDigits: "",
      detection: null,
      callee: call.caller ?? this.#scriptFor(call.from),
    });
    void inbound.run();
    return inbound.record;
  }

  say(id: string, text: string): boolean {
    return this.#call(id).input(speech(text));
  }

  press(id: string, digits: string): boolean {
    return this.#call(id).input({ kind: "digits", digits });
  }

  hangUp(id: string): void {
    this.#call(id).hangUp();
  }

  onNextEvent(matches: (event: PlivoEvent) => boolean, timeoutMs?: number): Promise<PlivoEvent> {
    return this.#feed.next(matches, timeoutMs);
  }

  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void> {
    return this.#feed.waitFor(condition, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#server?.[Symbol.asyncDispose]();
  }

  #createStreams(seed: string): StreamDialler {
    const nonces = createIds(`${seed} stream nonce`);
    return new StreamDialler({
      authId: this.authId,
      authToken: this.authToken,
      mainAuthToken: this.#options.mainAuthToken ?? this.authToken,
      routes: this.#options.routes ?? [],
      newUuid: uuids(`${seed} stream`),
      newNonce: () => nonceFrom(nonces),
      faults: this.#faults,
    });
  }

  #place(plan: PlacedCall): PlivoCall {
    const callUuid = this.#newUuid();
    const requestUuid = this.#options.sameIds === true ? callUuid : this.#newUuid();
    const callee = this.#scriptFor(plan.to);
    const call = this.#begin({ ...plan, callUuid, requestUuid, direction: "outbound", callee });
    // The call is still queued while the reply to the create request is written.
    setImmediate(() => void call.run());
    return call;
  }

  #begin(plan: CallPlan): PlivoCall {
    const call = new PlivoCall(plan, this.#ports);
    this.#byUuid.set(plan.callUuid, call);
    return call;
  }

  #scriptFor(number: string): CalleeScript {
    return this.#scripts.get(bare(number)) ?? this.#scripts.get("*") ?? {};
  }

  #call(id: string): PlivoCall {
    const found = this.#byUuid.get(id) ?? [...this.#byUuid.values()].find((call) => call.record.requestUuid === id);
    if (found === undefined) {
      throw new RangeError(`no call ${id}`);
    }
    return found;
  }
}

/** Seeded ids in the shape of version 4 UUIDs. */
function uuids(seed: string): () => string {
  const ids = createIds(seed);
  return () => ids.next("").replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
