// The socket to a service: connects, notices when it is dead, tries again within bounds, and gives up with a reason.
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { Cancel, Clock } from "../../deps.ts";
import type { Service } from "./service.ts";

export interface LinkPorts {
  /** Returns what has to be said first. */
  opened(): string | undefined;
  text(text: string): void;
  binary(): void;
  /** The socket is gone, or there never was one; another try follows. Once for each outage. */
  down(why: string): void;
  /** The socket is gone; also when none follows. */
  closed(): void;
  lost(why: string, hint?: string): void;
}

const firstRetryMs = 250;
const lastRetryMs = 4000;
const mostTries = 5;
/** From opening the socket until the session takes audio. */
const readyWithinMs = 4000;
/** A deaf ear lasts no longer. */
const giveUpAfterMs = 10_000;
/** A session that lived so long has earned new tries. */
const soundAfterMs = 10_000;
const closeWithinMs = 500;
const pingEveryMs = 4000;
const deadAfterMs = 9000;
const largestMessageBytes = 1024 * 1024;
const normalClosure = 1000;

export class Link {
  readonly #service: Service;
  readonly #clock: Clock;
  readonly #ports: LinkPorts;
  #socket: WebSocket | undefined;
  #timer: Cancel = () => {};
  #over = false;
  #readySince: number | undefined;
  #downSince: number;
  #announced = false;
  #tries = 0;
  #pingedAt = 0;
  #signAt = 0;
  #pongs = false;
  readonly #closing = new Set<Promise<void>>();

  constructor(service: Service, clock: Clock, ports: LinkPorts) {
    this.#service = service;
    this.#clock = clock;
    this.#ports = ports;
    this.#downSince = clock.now();
  }

  get isReady(): boolean {
    return this.#readySince !== undefined;
  }

  /** Milliseconds for which the session has taken audio. */
  get ageMs(): number {
    return this.#readySince === undefined ? 0 : this.#clock.now() - this.#readySince;
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  connect(): void {
    const socket = this.#open();
    if (socket === undefined) {
      // Not at once: whoever opens the ear does not hold it yet.
      this.#timer = this.#clock.after(0, () => this.#misconfigured());
      return;
    }
    this.#socket = socket;
    const current = (): boolean => this.#socket === socket;
    this.#pongs = false;
    const patienceMs = Math.min(readyWithinMs, Math.max(0, this.#downSince + giveUpAfterMs - this.#clock.now()));
    this.#timer = this.#clock.after(patienceMs, () => this.#fail("no answer"));
    socket.on("open", () => current() && this.#say(this.#ports.opened()));
    socket.on("message", (message: Buffer, isBinary) => {
      if (!current()) return;
      this.#signAt = this.#clock.now();
      if (isBinary) this.#ports.binary();
      else this.#ports.text(message.toString());
    });
    socket.on("pong", () => {
      this.#pongs = true;
      this.#signAt = this.#clock.now();
    });
    socket.on("unexpected-response", (_request, response: IncomingMessage) => {
      response.destroy();
      if (current()) this.#refused(response.statusCode ?? 0);
    });
    socket.on("error", (error: Error & { code?: unknown }) => {
      if (current()) this.#fail(typeof error.code === "string" ? error.code : "the connection broke");
    });
    socket.on("close", (code) => {
      if (current()) this.#fail(`the service closed the connection (${code})`);
    });
  }

  /** Undefined when the request cannot even be made: a line break in the key, an address that is none. */
  #open(): WebSocket | undefined {
    const { url, headers } = this.#service;
    const maxPayload = largestMessageBytes;
    try {
      return new WebSocket(url, { headers, maxPayload, perMessageDeflate: false, followRedirects: false });
    } catch {
      return undefined;
    }
  }

  #misconfigured(): void {
    const { name, secretKey } = this.#service;
    this.giveUp(`${name} cannot be asked with this key and address`, `Check \`${secretKey}\` and \`baseUrl\`.`);
  }

  /** The session takes audio. */
  ready(): void {
    if (this.#readySince !== undefined || this.#socket === undefined) return;
    this.#timer();
    this.#readySince = this.#clock.now();
    this.#signAt = this.#readySince;
    this.#pingedAt = this.#readySince;
    this.#announced = false;
  }

  send(message: string | Uint8Array): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    // Of bytes ws makes one piece with the head of the frame, and the kernel is asked for less than with the two of a text.
    if (typeof message === "string") this.#socket.send(Buffer.from(message), { binary: false });
    else this.#socket.send(message);
  }

  /** Looks whether the other side still lives. */
  probe(): void {
    const now = this.#clock.now();
    if (this.#readySince === undefined) return;
    if (this.#pongs && now - this.#signAt >= deadAfterMs) {
      this.#fail("no sign of life");
    } else if (now - this.#pingedAt >= pingEveryMs) {
      this.#pingedAt = now;
      this.#socket?.ping();
    }
  }

  /** Makes the connection anew. `planned`: nothing was wrong with it, so no try is counted and none waited for. */
  renew(why: string, planned = false): void {
    if (planned) this.#tries = -1;
    this.#fail(why);
  }

  giveUp(why: string, hint?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#drop();
    this.#ports.lost(why, hint);
  }

  async close(farewell: string | undefined): Promise<void> {
    this.#over = true;
    if (farewell !== undefined && this.#readySince !== undefined) this.send(farewell);
    this.#drop();
    await Promise.all(this.#closing);
  }

  #say(message: string | undefined): void {
    if (message !== undefined) this.send(message);
  }

  #refused(status: number): void {
    const { name, secretKey } = this.#service;
    if (status === 401 || status === 403) {
      this.giveUp(`${name} refused the key (HTTP ${status})`, `Check \`${secretKey}\`.`);
    } else if (status === 429 || status >= 500) {
      this.#fail(`HTTP ${status}`, status === 429 ? `${name} allows no more sessions at a time.` : undefined);
    } else {
      const section = secretKey.replace(/\.\w+$/, "");
      this.giveUp(`${name} refused the session (HTTP ${status})`, `Check \`${section}\`: model, language and baseUrl.`);
    }
  }

  #fail(why: string, hint?: string): void {
    if (this.#over) return;
    const now = this.#clock.now();
    if (this.#readySince !== undefined) {
      if (now - this.#readySince >= soundAfterMs) this.#tries = Math.min(this.#tries, 0);
      this.#downSince = now;
    }
    this.#drop();
    if (!this.#announced) {
      this.#announced = true;
      this.#ports.down(why);
      // Whoever was told may have closed it.
      if (this.#over) return;
    }
    this.#tries += 1;
    const waitMs = this.#tries === 0 ? 0 : Math.min(lastRetryMs, firstRetryMs * 2 ** (this.#tries - 1));
    if (this.#tries > mostTries || now + waitMs - this.#downSince >= giveUpAfterMs) this.giveUp(why, hint);
    else this.#timer = this.#clock.after(waitMs, () => this.connect());
  }

  #drop(): void {
    this.#timer();
    this.#readySince = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    this.#ports.closed();
    this.#end(socket);
  }

  /** Closes politely, and after a while not. */
  #end(socket: WebSocket): void {
    if (socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve())).then(() => {
      stop();
      this.#closing.delete(closed);
    });
    const stop = this.#clock.after(closeWithinMs, () => socket.terminate());
    this.#closing.add(closed);
    if (socket.readyState === WebSocket.OPEN) socket.close(normalClosure);
    else socket.terminate();
  }
}
