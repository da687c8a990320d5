// One speech service's HTTP connections: an order goes out, its answer comes back while it is being made.
import type * as Http from "node:http";
import type * as Https from "node:https";
import type { Clock } from "../../deps.ts";
import { type Order, refusalOf, silent, unreachable } from "./refusal.ts";

export interface HttpOrder extends Order {
  path: string;
  body: object;
  signal: AbortSignal;
}

export interface HttpAnswer {
  contentType: string;
  /** Pieces as they come; the reader's pace is the connection's. Leaving it closes the connection. */
  pieces: AsyncIterable<Uint8Array>;
}

export interface HttpLineOptions {
  /** Without a slash at its end. */
  baseUrl: string;
  headers: Record<string, string>;
  /** A cheap path, asked for to have a connection open before the first words. */
  warmUpPath: string;
  clock: Clock;
}

/** A voice that says nothing at all; a caller's patience is shorter, and is the chain's business. */
const answerWithinMs = 10_000;
const nextPieceWithinMs = 3000;
/** An order is sent again only so long after it was given. */
const retryBudgetMs = 2000;
const retryAfterMs = 150;
const longestRefusal = 16_384;

export class HttpLine implements Disposable {
  readonly #options: HttpLineOptions;
  readonly #secure: boolean;
  #agent: Http.Agent | undefined;

  constructor(options: HttpLineOptions) {
    this.#options = options;
    this.#secure = options.baseUrl.startsWith("https:");
  }

  /** @throws CallError `SPEECH_FAILED` when the service refuses or cannot be reached */
  async post(order: HttpOrder): Promise<HttpAnswer> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    const mayRetry = (): boolean =>
      clock.monotonic() - startedAt + retryAfterMs < retryBudgetMs && !order.signal.aborted;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#response(order);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300)
        return { contentType: response.headers["content-type"] ?? "", pieces: this.#pieces(order, response) };
      const refusal = refusalOf(order, status, await this.#refusal(order, response));
      if (attempt > 1 || !refusal.transient || !mayRetry()) throw refusal.error;
      await new Promise<void>((resolve) => void clock.after(retryAfterMs, resolve));
      if (!mayRetry()) throw refusal.error;
    }
  }

  /** Opens a connection when none is waiting. What is answered does not matter. */
  warmUp(): void {
    if (Object.keys(this.#pool().freeSockets).length > 0) return;
    const request = this.#request(this.#options.warmUpPath, { method: "HEAD", headers: this.#options.headers });
    const cancel = this.#options.clock.after(answerWithinMs, () => request.destroy());
    request.once("response", (response) => response.resume());
    request.once("close", cancel).on("error", cancel).end();
  }

  [Symbol.dispose](): void {
    this.#agent?.destroy();
  }

  async #response(order: HttpOrder): Promise<Http.IncomingMessage> {
    const content = JSON.stringify(order.body);
    const request = this.#request(order.path, {
      method: "POST",
      signal: order.signal,
      headers: {
        ...this.#options.headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(content),
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<Http.IncomingMessage>();
    const cancel = this.#options.clock.after(answerWithinMs, () =>
      request.destroy(silent(order.service, "did not answer")),
    );
    request.once("response", resolve).on("error", reject).end(content);
    try {
      return await promise;
    } catch (error) {
      // A connection that was kept may have been closed by the service meanwhile: that order never arrived.
      if (request.reusedSocket && hasCode(error, "ECONNRESET") && !order.signal.aborted) return this.#response(order);
      throw failure(order, error);
    } finally {
      cancel();
    }
  }

  async *#pieces(order: HttpOrder, response: Http.IncomingMessage): AsyncGenerator<Uint8Array, void> {
    const { clock } = this.#options;
    const watch = (): (() => void) =>
      clock.after(nextPieceWithinMs, () => response.destroy(silent(order.service, "stopped in the middle")));
    let cancel = watch();
    try {
      for await (const piece of response) {
        cancel();
        yield Buffer.from(piece);
        // Only a reader that waits can be kept waiting.
        cancel = watch();
      }
    } catch (error) {
      throw failure(order, error);
    } finally {
      cancel();
      if (!response.complete) response.destroy();
    }
  }

  async #refusal(order: HttpOrder, response: Http.IncomingMessage): Promise<string> {
    let words = "";
    for await (const piece of this.#pieces(order, response)) {
      words += Buffer.from(piece).toString("utf8");
      if (words.length > longestRefusal) break;
    }
    return words;
  }

  #request(path: string, options: Http.RequestOptions): Http.ClientRequest {
    return this.#module().request(`${this.#options.baseUrl}${path}`, { ...options, agent: this.#pool() });
  }

  #pool(): Http.Agent {
    this.#agent ??= new (this.#module().Agent)({ keepAlive: true });
    return this.#agent;
  }

  #module(): typeof Http | typeof Https {
    return process.getBuiltinModule(this.#secure ? "node:https" : "node:http");
  }
}

function failure(order: HttpOrder, error: unknown): unknown {
  return error instanceof Error && error.name === "CallError" ? error : unreachable(order.service, error);
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
