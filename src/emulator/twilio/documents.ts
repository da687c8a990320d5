// Getting the next TwiML document of a call, with the fallback URL and Twilio's rules for replies.
import type { LoopbackReply } from "../loopback-request.ts";
import type { Fetch } from "./interpreter.ts";
import type { FormFields } from "./signature.ts";
import { parseTwiml, TwimlError, type TwimlDocument } from "./twiml.ts";
import type { Webhook } from "./webhook-sender.ts";

export interface LoadedDocument extends TwimlDocument {
  readonly baseUrl: string | null;
  readonly xml: string;
}

export interface DocumentPorts {
  readonly sid: string;
  readonly fallback: { readonly url: string; readonly method: "GET" | "POST" } | null;
  readonly fields: () => FormFields;
  readonly send: (webhook: Webhook) => Promise<LoopbackReply | null>;
  readonly warn: (warning: string) => void;
}

const MAX_DOCUMENT_BYTES = 64 * 1024;

/** A document that came with a REST request. Throws `TwimlError`. */
export function pushedDocument(xml: string): LoadedDocument {
  return { ...parseTwiml(xml), baseUrl: null, xml };
}

/** Fetches a document, and the fallback when that fails. Throws `TwimlError` when there is none to run. */
export async function fetchDocument(fetch: Fetch, ports: DocumentPorts): Promise<LoadedDocument> {
  try {
    return await fetchOnce(fetch, ports);
  } catch (error) {
    if (!(error instanceof TwimlError) || ports.fallback === null) {
      throw error;
    }
    ports.warn(`${error.code} ${error.message}`);
    return fetchOnce(
      {
        ...ports.fallback,
        kind: "fallback",
        fields: [
          ["ErrorCode", String(error.code)],
          ["ErrorUrl", fetch.url],
        ],
      },
      ports,
    );
  }
}

async function fetchOnce(
  fetch: Omit<Fetch, "kind"> & { readonly kind: Fetch["kind"] | "fallback" },
  ports: DocumentPorts,
): Promise<LoadedDocument> {
  const reply = await ports.send({
    sid: ports.sid,
    kind: fetch.kind,
    event: null,
    url: fetch.url,
    method: fetch.method,
    fields: [...ports.fields(), ...fetch.fields],
  });
  const xml = documentText(reply);
  return { ...parseTwiml(xml), baseUrl: fetch.url, xml };
}

function documentText(reply: LoopbackReply | null): string {
  if (reply === null) {
    throw new TwimlError(11200, "HTTP retrieval failure: no reply");
  }
  if (reply.status < 200 || reply.status > 299) {
    throw new TwimlError(11200, `HTTP retrieval failure: status ${reply.status}`);
  }
  if (!/^(?:text|application)\/xml\b/i.test(reply.contentType)) {
    throw new TwimlError(12300, `Invalid Content-Type: ${reply.contentType || "none"}`);
  }
  if (reply.body.length > MAX_DOCUMENT_BYTES) {
    throw new TwimlError(11750, `TwiML response body too large: ${reply.body.length} bytes`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(reply.body);
  } catch {
    throw new TwimlError(12100, "Document parse failure: not UTF-8");
  }
}
