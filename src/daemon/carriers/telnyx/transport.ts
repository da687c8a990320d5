// JSON over HTTP to Telnyx: what the SDK's call resource sends through, so that the rest of the SDK need not be loaded.
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type Failure, failureIn, OrderFailure } from "./refusal.ts";
import { type Fields, parseFields } from "../json-fields.ts";

const longestAnswer = 1_000_000;

interface TransportOptions {
  apiKey: string;
  /** Scheme, host and path before `/calls…`, without a slash at its end. */
  address: string;
  /** How long one order may take, its answer included. */
  timeoutMs: number;
}

/** The part of the SDK's request options that is used. */
interface RequestOptions {
  body?: unknown;
  signal?: AbortSignal;
  /** 0: sent once and on a connection of its own. More: sent again when a kept connection proves to have been closed meanwhile. */
  maxRetries?: number;
}

/** What a resource of the SDK asks of its client. Rejects with `OrderFailure`. */
export interface Transport extends Disposable {
  get(path: string, options?: RequestOptions): Promise<Fields>;
  post(path: string, options?: RequestOptions): Promise<Fields>;
}

export function createTransport({ apiKey, address, timeoutMs }: TransportOptions): Transport {
  const secure = address.startsWith("https:");
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

  async function send(method: "GET" | "POST", path: string, options: RequestOptions): Promise<Fields> {
    const { body, signal, maxRetries = 0 } = options;
    const content = body === undefined ? undefined : JSON.stringify(body);
    const give = secure ? httpsRequest : httpRequest;
    const order = give(`${address}${path}`, {
      method,
      agent: maxRetries === 0 ? false : agent,
      headers: {
        authorization: `Bearer ${apiKey}`,
        accept: "application/json",
        ...(content !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(content),
        }),
      },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
    });
    try {
      return await answerTo(order, { content, apiKey });
    } catch (error) {
      if (error instanceof OrderFailure) throw error;
      if (order.reusedSocket && maxRetries > 0 && codeOf(error) === "ECONNRESET")
        return send(method, path, { ...options, maxRetries: maxRetries - 1 });
      throw new OrderFailure(networkFailure(error));
    }
  }

  return {
    get: (path, options = {}) => send("GET", path, options),
    post: (path, options = {}) => send("POST", path, options),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

async function answerTo(
  order: ClientRequest,
  { content, apiKey }: { content: string | undefined; apiKey: string },
): Promise<Fields> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  order.once("response", resolve).on("error", reject);
  order.end(content);
  const response = await promise;
  const status = response.statusCode ?? 0;
  const body = await read(response);
  if (status < 200 || status > 299) throw new OrderFailure(failureIn(status, body.replaceAll(apiKey, "…")));
  const answer = parseFields(body);
  // Without a code or status: the order was sent and its answer is none.
  if (answer === undefined) throw new OrderFailure({});
  return answer;
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > longestAnswer) throw new OrderFailure({});
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function networkFailure(error: unknown): Failure {
  const code = codeOf(error);
  return code === undefined ? {} : { code: code === "ABORT_ERR" ? "ETIMEDOUT" : code };
}

function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
