// One HTTP request to Plivo, in the shape that its SDK calls: our own address, time limit and errors, and no hidden retries.
import type { ClientRequest, RequestOptions as HttpOptions, IncomingMessage } from "node:http";
import type { Clock } from "../../deps.ts";

export interface PlivoAccount {
  /** `MA` or `SA` + 18 capital letters and digits. */
  authId: string;
  authToken: string;
  /** In place of `https://api.plivo.com`. */
  baseUrl?: string | undefined;
}

/** What is known of a request that did not succeed, safe to read. */
export interface Failure {
  /** HTTP status of an answer. */
  status?: number;
  /** The system's code when there was no answer. */
  code?: string;
  /** Plivo's own words, from the body of its answer. */
  message?: string;
}

/** Holds nothing of the request, in which the credentials are. */
export class RequestFailure extends Error {
  override readonly name = "RequestFailure";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super("a request to Plivo failed");
    this.failure = failure;
  }
}

/** What the SDK calls: `action` is a path behind the account's, `params` have Plivo's own names. */
export type SendRequest = (
  method: string,
  action: string,
  params: Record<string, unknown> | undefined,
) => Promise<{ body: unknown }>;

interface RequestOptions {
  account: PlivoAccount;
  clock: Clock;
  signal: AbortSignal;
}

const timeoutMs = 10_000;
/** Far more than any answer that is read here. */
const maxAnswerBytes = 1_000_000;

/** @returns a function that rejects with `RequestFailure`. */
export function createRequest({ account, clock, signal }: RequestOptions): SendRequest {
  const { authId, authToken, baseUrl = "https://api.plivo.com" } = account;
  const authorization = `Basic ${Buffer.from(`${authId}:${authToken}`).toString("base64")}`;
  return async (method, action, params) => {
    const { is_voice_request: _ours, ...fields } = params ?? {};
    const url = new URL(`${baseUrl.replace(/\/+$/, "")}/v1/Account/${encodeURIComponent(authId)}/${action}`);
    if (method === "GET") for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, String(value));
    const json = method === "POST" ? JSON.stringify(fields) : undefined;
    const headers = {
      authorization,
      accept: "application/json",
      ...(json !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(json) }),
    };
    const limit = new AbortController();
    const cancel = clock.after(timeoutMs, () => limit.abort());
    try {
      const request = open(url, { method, headers, signal: AbortSignal.any([signal, limit.signal]) });
      return { body: bodyOf(await exchange(request, json)) };
    } catch (error) {
      if (error instanceof RequestFailure) throw error;
      throw new RequestFailure({ code: limit.signal.aborted ? "ETIMEDOUT" : (codeOf(error) ?? "UNKNOWN") });
    } finally {
      cancel();
    }
  };
}

/** `node:http` is taken from the running process: an import would load half of Node's web platform. */
function open(url: URL, options: HttpOptions): ClientRequest {
  const secure = url.protocol !== "http:";
  return process.getBuiltinModule(secure ? "node:https" : "node:http").request(url, options);
}

interface Answer {
  status: number;
  text: string;
}

function exchange(request: ClientRequest, json: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      read(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    request.end(json);
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > maxAnswerBytes) throw new RequestFailure({});
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function bodyOf({ status, text }: Answer): unknown {
  const body = parsed(text);
  if (status < 200 || status >= 300) {
    const message = messageOf(body);
    throw new RequestFailure({ status, ...(message !== undefined && { message }) });
  }
  if (body === undefined && text !== "") throw new RequestFailure({});
  return body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  return typeof body.error === "string" ? body.error : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
