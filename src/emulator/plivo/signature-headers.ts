// The signature headers of one webhook, right ones and those that a fault asks for.
import type { DeliveryFault } from "./faults.ts";
import { signV2, signV3, type SignedRequest } from "./signature.ts";

export interface SigningTokens {
  readonly authToken: string;
  /** Token of the main account, which signs the `Ma` headers. */
  readonly mainAuthToken: string;
}

export const V3_SIGNATURE = "X-Plivo-Signature-V3";

/** Both generations of signatures, as Plivo sends them: of the account that owns the call, and of its main account. */
export function signatureHeaders(
  request: SignedRequest,
  tokens: SigningTokens,
  faults: readonly DeliveryFault[],
): Record<string, string> {
  const has = (name: DeliveryFault["fault"]) => faults.some(({ fault }) => fault === name);
  const wrong = has("wrong-signature") ? "not-" : "";
  const authToken = wrong + tokens.authToken;
  const mainAuthToken = wrong + tokens.mainAuthToken;
  const { url, nonce } = request;
  const v2 = {
    "X-Plivo-Signature-V2": signV2(authToken, url, nonce),
    "X-Plivo-Signature-Ma-V2": signV2(mainAuthToken, url, nonce),
    "X-Plivo-Signature-V2-Nonce": nonce,
  };
  if (has("only-v2")) {
    return v2;
  }
  const listed = (token: string) => {
    const right = signV3(token, request);
    return has("several-signatures") ? `${signV3(`old-${token}`, request)},${right}` : right;
  };
  return {
    ...v2,
    [V3_SIGNATURE]: listed(authToken),
    "X-Plivo-Signature-Ma-V3": listed(mainAuthToken),
    "X-Plivo-Signature-V3-Nonce": nonce,
  };
}
