// Proves that the public URL leads to this very daemon: an unsigned request through it, answered with a proof of ours.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { failureWords, sendProbe, type SendProbe } from "./probe-request.ts";

const questionHeader = "x-voicecall-probe";
const proofHeader = "x-voicecall-proof";
const timeoutMs = 10_000;

/**
 * `ok`: we answer there and refuse the unsigned request. `wrong-host`: we answer, but refuse the host name.
 * `wrong-path`: we answer, but not at this path. `somebody-else`: the answer is not ours.
 */
export type ProbeResult =
  | { kind: "ok" }
  | { kind: "wrong-host"; hint: string }
  | { kind: "wrong-path"; hint: string }
  | { kind: "somebody-else"; status: number; hint: string }
  | { kind: "not-reachable"; reason: string; hint: string };

type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Whether a request asks who we are; without a signature it is never a carrier's. */
export function isProbe(headers: RequestHeaders): boolean {
  return headers[questionHeader] !== undefined;
}

/** One for each daemon: the public listener adds `proof` to every refusal, and `run` looks for it from outside. */
export class Probe {
  readonly #key = randomBytes(32);
  readonly #send: SendProbe;

  constructor(send: SendProbe = sendProbe) {
    this.#send = send;
  }

  /** What to add to the headers of a refusal: nothing, unless the request asks. Shows nobody anything but that it is us. */
  proof(headers: RequestHeaders): Record<string, string> {
    const question = headers[questionHeader];
    return typeof question === "string" && question.length <= 64 ? { [proofHeader]: this.#sign(question) } : {};
  }

  /** @param url of the webhook path or a media path, as the carrier calls it. Never throws. */
  async run(url: string, signal?: AbortSignal): Promise<ProbeResult> {
    const question = randomBytes(16).toString("hex");
    try {
      const { status, headers } = await this.#send({ url, headers: { [questionHeader]: question }, timeoutMs, signal });
      return this.#isOurs(headers[proofHeader], question) ? ourAnswer(status, url) : othersAnswer(status);
    } catch (error) {
      return { kind: "not-reachable", ...failureWords(error) };
    }
  }

  /** The same for a media path, by the opening of a WebSocket. Never throws. */
  async runUpgrade(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<ProbeResult> {
    const question = randomBytes(16).toString("hex");
    try {
      const asked = { url, headers: { ...headers, [questionHeader]: question }, timeoutMs, signal, upgrade: true };
      const answer = await this.#send(asked);
      if (!this.#isOurs(answer.headers[proofHeader], question)) return othersAnswer(answer.status);
      return answer.status === 404 ? { kind: "wrong-path", hint: unopened } : ourAnswer(answer.status, url);
    } catch (error) {
      return { kind: "not-reachable", ...failureWords(error) };
    }
  }

  /** Whether we refuse a request with these headers as one that no carrier has signed. Never throws. */
  async isRefused(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<boolean> {
    const question = randomBytes(16).toString("hex");
    const asked = { url, headers: { ...headers, [questionHeader]: question }, timeoutMs, signal };
    const answer = await this.#send(asked).catch(() => undefined);
    return answer?.status === 401 && this.#isOurs(answer.headers[proofHeader], question);
  }

  #sign(question: string): string {
    return createHmac("sha256", this.#key).update(question).digest("hex");
  }

  #isOurs(proof: string | string[] | undefined, question: string): boolean {
    const expected = Buffer.from(this.#sign(question));
    const given = Buffer.from(typeof proof === "string" ? proof : "");
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

const unopened =
  "have your proxy pass WebSocket upgrades, and `streaming.streamPath` as it is, to `serve.port` of this machine";

function ourAnswer(status: number, url: string): ProbeResult {
  if (status === 403) {
    return { kind: "wrong-host", hint: `add ${new URL(url).hostname} to \`webhookSecurity.allowedHosts\`` };
  }
  if (status === 404) {
    return { kind: "wrong-path", hint: "make the path of the public URL arrive at `serve.path` of this machine" };
  }
  return { kind: "ok" };
}

function othersAnswer(status: number): ProbeResult {
  const hint =
    status >= 502 && status <= 504
      ? "the tunnel or proxy stands but does not reach the daemon: check that it leads to `serve.port`"
      : "another server, an older tunnel or a login page answers there: check where the URL leads";
  return { kind: "somebody-else", status, hint };
}
