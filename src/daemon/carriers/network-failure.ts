// What the system's and Node's error codes tell about an order that got no answer.

/** Failures before anything of the order was sent; what TLS refuses (`ERR_TLS_…`, `CERT_…`) is one too. */
const notSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)$/;

/** Whether the carrier cannot have got the order. */
export function wasNotSent(code: string | undefined): boolean {
  return code !== undefined && notSent.test(code);
}

/** Why there was no answer, in a word that may be shown. */
export function lossReason({ status, code }: { status?: number | undefined; code?: string | undefined }): string {
  if (status !== undefined) return `HTTP ${status}`;
  return code !== undefined && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : "its answer could not be read";
}
