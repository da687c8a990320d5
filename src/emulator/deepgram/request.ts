// What Deepgram takes of a request for a session, and how it refuses the rest.
import type { ServiceRefusal, ServiceRequest } from "../service-server.ts";

/** `wrong`: the first query parameter that it does not take. */
export function refuseDeepgram(
  { url, headers }: ServiceRequest,
  apiKey: string,
  wrong: (query: URLSearchParams) => string | undefined,
): ServiceRefusal | undefined {
  if (headers.authorization !== `Token ${apiKey}`) return deepgramRefusal(401);
  const query = url.searchParams;
  const parameter = wrongOf(query, { encoding: /^mulaw$/, sample_rate: /^8000$/, channels: /^1?$/ }) ?? wrong(query);
  return parameter === undefined ? undefined : { ...deepgramRefusal(400), headers: { "dg-error": parameter } };
}

/** The first parameter whose value is not of its kind; one that is missing is empty. */
export function wrongOf(query: URLSearchParams, kinds: Readonly<Record<string, RegExp>>): string | undefined {
  return Object.entries(kinds).find(([name, kind]) => !kind.test(query.get(name) ?? ""))?.[0];
}

export function deepgramRefusal(status: number): ServiceRefusal {
  const code = { 401: "INVALID_AUTH", 402: "ASR_PAYMENT_REQUIRED", 429: "TOO_MANY_REQUESTS" }[status];
  return { status, json: { err_code: code ?? "Bad Request", err_msg: "The request was refused.", request_id: "1" } };
}
