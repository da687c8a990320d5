// The Telnyx emulator: everything put together behind one small interface.
import { createHash } from "node:crypto";
import { createClock, type Clock } from "../clock.ts";
import { EventFeed } from "../event-feed.ts";
import { createIds, type Ids } from "../ids.ts";
import { listenOnLoopback, type LoopbackServer } from "../loopback-server.ts";
import type { Route } from "../route.ts";
import { TelnyxCall, type CallPlan, type CallPorts } from "./call.ts";
import { inputOf, type CalleeScript } from "./callee.ts";
import { CommandMemory } from "./command-memory.ts";
import { answerControl } from "./control.ts";
import type { EmulatedCall, EmulatorEvent } from "./emulated-call.ts";
import { FaultPlan, type TelnyxFaults } from "./faults.ts";
import { callControlId, uuid } from "./identifiers.ts";
import { answerRest, type RestServerPorts } from "./rest-server.ts";
import { signingKey } from "./signature.ts";
import type { InboundCall, TelnyxEmulator } from "./telnyx-emulator.ts";
import { WebhookSender } from "./webhook-sender.ts";

export interface TelnyxEmulatorOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  readonly apiKey?: string;
  /** The Call Control application that may dial. */
  readonly connectionId?: string;
  /** Where the connection sends its webhooks unless a call says otherwise; inbound calls need it. */
  readonly webhookUrl?: string;
  /** Where a webhook goes once `webhookTries` attempts at its own URL have failed. */
  readonly failoverUrl?: string;
  /** The 32 bytes behind the signing key. Default 00 01 … 1f. */
  readonly keySeed?: Uint8Array;
  /** Real milliseconds per line millisecond. Default 0.02: a ring of 15 s takes 300 ms. */
  readonly scale?: number;
  /** Public origins that really stand on loopback. */
  readonly routes?: readonly Route[];
  /** What media streams speak, whatever was asked for. Default `PCMU`. */
  readonly streamEncoding?: "PCMU" | "PCMA";
  /** The same seed gives the same ids. Default `telnyx`. */
  readonly seed?: string;
  /** Attempts at each webhook URL. Default 3. */
  readonly webhookTries?: number;
  /** Real milliseconds before the first webhook retry. Default 300. */
  readonly retryGapMs?: number;
  /** Real milliseconds in which a webhook must be answered. Default 2000. */
  readonly webhookTimeoutMs?: number;
  /** Real milliseconds for which a command id is remembered. Default 60000. */
  readonly commandMemoryMs?: number;
  /** Real milliseconds for which an ended call can still be asked about. Default 600000. */
  readonly endedMemoryMs?: number;
  /** For numbers without a script of their own. Default: answers after a second and stays silent. */
  readonly callee?: CalleeScript;
  readonly onEvent?: (event: EmulatorEvent) => void;
}

const DEFAULTS = {
  port: 0,
  apiKey: "KEY0123456789ABCDEF0123456789ABCDEF_fakefakefakefakefakefa",
  connectionId: "1000000000000000001",
  keySeed: Uint8Array.from({ length: 32 }, (_, index) => index),
  scale: 0.02,
  routes: [],
  seed: "telnyx",
  streamEncoding: "PCMU",
  webhookTries: 3,
  retryGapMs: 300,
  webhookTimeoutMs: 2000,
  commandMemoryMs: 60_000,
  endedMemoryMs: 600_000,
  callee: {},
} satisfies TelnyxEmulatorOptions;

type Settings = TelnyxEmulatorOptions & Required<Pick<TelnyxEmulatorOptions, keyof typeof DEFAULTS>>;

/** Starts an emulator on 127.0.0.1. Rejects when the port cannot be had. */
export async function startTelnyxEmulator(options: TelnyxEmulatorOptions = {}): Promise<TelnyxEmulator> {
  const exchange = new Exchange({ ...DEFAULTS, ...options });
  await exchange.listen();
  return exchange;
}

class Exchange implements TelnyxEmulator {
  readonly publicKey: string;
  readonly #settings: Settings;
  readonly #byId = new Map<string, TelnyxCall>();
  readonly #scripts = new Map<string, CalleeScript>();
  readonly #faults = new FaultPlan();
  readonly #closing = new AbortController();
  readonly #clock: Clock;
  readonly #feed: EventFeed<EmulatorEvent>;
  readonly #ids: Ids;
  readonly #ports: CallPorts;
  #server: LoopbackServer | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#clock = createClock(settings.scale);
    this.#ids = createIds(settings.seed);
    this.#feed = new EventFeed(this.#clock, this.#closing.signal);
    if (settings.onEvent !== undefined) {
      this.#feed.observe(settings.onEvent);
    }
    this.script("*", settings.callee);
    const key = signingKey(settings.keySeed);
    this.publicKey = key.publicKey;
    const sender = new WebhookSender({
      key,
      wrongKey: signingKey(createHash("sha256").update(settings.keySeed).digest()),
      routes: settings.routes,
      tries: settings.webhookTries,
      retryGapMs: settings.retryGapMs,
      webhookTimeoutMs: settings.webhookTimeoutMs,
      clock: this.#clock,
      ids: this.#ids,
      faults: this.#faults,
      signal: this.#closing.signal,
      onAttempt: (attempt) => {
        this.#byId.get(attempt.callControlId)?.record.webhooks.push(attempt);
        this.#feed.emit({ type: "webhook", callControlId: attempt.callControlId, attempt });
      },
    });
    this.#ports = {
      clock: this.#clock,
      sender,
      emit: (event) => {
        this.#feed.emit(event);
      },
      poke: () => {
        this.#feed.poke();
      },
      streaming: {
        routes: settings.routes,
        ids: createIds(`${settings.seed} stream`),
        faults: this.#faults,
        encoding: settings.streamEncoding,
      },
      signal: this.#closing.signal,
    };
  }

  get url(): string {
    return this.#server === null ? "" : `${this.#server.url}/v2`;
  }

  get apiKey(): string {
    return this.#settings.apiKey;
  }

  get connectionId(): string {
    return this.#settings.connectionId;
  }

  get calls(): readonly EmulatedCall[] {
    return [...this.#byId.values()].map((call) => call.record);
  }

  async listen(): Promise<void> {
    const rest = this.#restPorts();
    this.#server = await listenOnLoopback(this.#settings.port, (request) =>
      request.url.pathname.startsWith("/emulator/")
        ? Promise.resolve(answerControl(request, this))
        : answerRest(request, rest),
    );
  }

  script(number: string, callee: CalleeScript): void {
    this.#scripts.set(number, callee);
  }

  faults(faults: TelnyxFaults): void {
    this.#faults.replace(faults);
  }

  inbound({ from, to, webhookUrl, caller }: InboundCall): EmulatedCall {
    const call = this.#create({
      direction: "incoming",
      to,
      from,
      webhookUrl: webhookUrl ?? null,
      clientState: null,
      ringSeconds: 0,
      limitSeconds: 14_400,
      detection: "disabled",
      transcription: null,
      callee: caller ?? this.#scriptFor(from),
    });
    call.start();
    return call.record;
  }

  say(id: string, text: string): boolean {
    return this.#call(id).conversation.input(inputOf(text));
  }

  press(id: string, digits: string): boolean {
    return this.#call(id).conversation.input({ kind: "digits", digits });
  }

  hangUp(id: string): void {
    this.#call(id).hangUp();
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

  #restPorts(): RestServerPorts {
    const { apiKey, connectionId, commandMemoryMs, endedMemoryMs } = this.#settings;
    return {
      apiKey,
      connectionId,
      memory: new CommandMemory(this.#clock, commandMemoryMs),
      find: (id) => {
        const call = this.#byId.get(id);
        const endedAt = call?.record.endedAt ?? null;
        return endedAt !== null && this.#clock.now() - endedAt >= endedMemoryMs ? undefined : call;
      },
      place: (plan) => {
        const call = this.#create({ ...plan, direction: "outgoing", callee: this.#scriptFor(plan.to) });
        setImmediate(() => call.start());
        return call;
      },
      clock: this.#clock,
      faults: this.#faults,
      emit: this.#ports.emit,
      signal: this.#closing.signal,
      nextWebhook: (id) => this.#feed.next((event) => event.type === "webhook" && event.callControlId === id),
    };
  }

  #create(
    plan: Omit<CallPlan, "callControlId" | "callLegId" | "callSessionId" | "connectionId" | "failoverUrl">,
  ): TelnyxCall {
    const { connectionId, webhookUrl = null, failoverUrl = null } = this.#settings;
    const id = callControlId(this.#ids);
    const identity = { callControlId: id, callLegId: uuid(this.#ids), callSessionId: uuid(this.#ids), connectionId };
    const call = new TelnyxCall(
      { ...plan, ...identity, webhookUrl: plan.webhookUrl ?? webhookUrl, failoverUrl },
      this.#ports,
    );
    this.#byId.set(id, call);
    return call;
  }

  #scriptFor(number: string): CalleeScript {
    return this.#scripts.get(number) ?? this.#scripts.get("*") ?? {};
  }

  #call(id: string): TelnyxCall {
    const call = this.#byId.get(id);
    if (call === undefined) {
      throw new RangeError(`no call ${id}`);
    }
    return call;
  }
}
