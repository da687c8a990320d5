// Getting the next document of a call, with the fallback URL and Plivo's rules for replies.
import type { LoopbackReply } from "../loopback-request.ts";
import { documentCause, type DocumentKind, type HangupCause } from "./hangup-cause.ts";
import type { Fetch } from "./interpreter.ts";
import { InvalidXml, parsePlivoXml, type PlivoXml } from "./plivo-xml.ts";
import type { FormFields } from "./signature.ts";
import type { Webhook } from "./webhook-sender.ts";

export interface LoadedDocument extends PlivoXml {
  readonly url: string;
  readonly xml: string;
}

/** No document could be had or run: the call ends with this cause. */
export class DocumentError extends Error {
  readonly hangupCause: HangupCause;
  constructor(kind: DocumentKind, problem: "unreachable" | "invalid", message: string) {
    super(message);
    this.name = "DocumentError";
    this.hangupCause = documentCause(kind, problem);
  }
}

export interface DocumentPorts {
  readonly callUuid: string;
  readonly fallback: { readonly url: string; readonly method: "GET" | "POST" } | null;
  readonly fields: () => FormFields;
  readonly send: (webhook: Webhook) => Promise<LoopbackReply | null>;
  readonly unknownElements: "warn" | "hang-up";
  readonly warn: (warning: string) => void;
}

const MAX_DOCUMENT_BYTES = 100 * 1024;

/** Fetches a document; where the answer URL fails, the fallback. Throws `DocumentError` when there is none to run. */
export async function fetchDocument(fetch: Fetch, ports: DocumentPorts): Promise<LoadedDocument> {
  try {
    return await fetchOnce(fetch, fetch.kind, ports);
  } catch (error) {
    if (!(error instanceof DocumentError) || fetch.kind !== "answer" || ports.fallback === null) {
      throw error;
    }
    ports.warn(`${error.hangupCause.code} ${error.message}`);
    return fetchOnce({ ...fetch, ...ports.fallback }, "fallback", ports);
  }
}

async function fetchOnce(fetch: Fetch, kind: DocumentKind | "fallback", ports: DocumentPorts): Promise<LoadedDocument> {
  const reply = await ports.send({
    callUuid: ports.callUuid,
    kind,
    url: fetch.url,
    method: fetch.method,
    fields: [...ports.fields(), ...fetch.fields],
  });
  if (reply === null || reply.status < 200 || reply.status > 299) {
    throw new DocumentError(fetch.kind, "unreachable", reply === null ? "no reply" : `status ${reply.status}`);
  }
  try {
    const xml = documentText(reply);
    return { ...parsePlivoXml(xml, ports.unknownElements), url: fetch.url, xml };
  } catch (error) {
    if (error instanceof InvalidXml) {
      throw new DocumentError(fetch.kind, "invalid", error.message);
    }
    throw error;
  }
}

function documentText(reply: LoopbackReply): string {
  if (!/^(?:text|application)\/xml\b/i.test(reply.contentType)) {
    throw new InvalidXml(`content type is ${reply.contentType || "missing"}`);
  }
  if (reply.body.length > MAX_DOCUMENT_BYTES) {
    throw new InvalidXml(`the document has ${reply.body.length} bytes`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(reply.body);
  } catch {
    throw new InvalidXml("the document is not UTF-8");
  }
}
