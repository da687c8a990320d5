// Twilio's REST errors: the numbers it really uses, with their HTTP status and message.

const ERRORS: ReadonlyMap<number, readonly [status: number, message: string]> = new Map([
  [10004, [429, "Call concurrency limit exceeded"]],
  [20003, [401, "Authenticate"]],
  [20004, [405, "Method not allowed"]],
  [20404, [404, "The requested resource was not found"]],
  [20429, [429, "Too Many Requests"]],
  [21201, [400, "No 'To' number is specified"]],
  [21205, [400, "Url parameter is not a valid URL"]],
  [21208, [400, "Invalid Timeout"]],
  [21210, [400, "The source phone number provided is not yet verified for your account"]],
  [21211, [400, "Invalid 'To' Phone Number"]],
  [21212, [400, "Invalid 'From' Phone Number"]],
  [21213, [400, "No 'From' number is specified"]],
  [21215, [403, "Account not authorized to call this number"]],
  [21216, [403, "Account not allowed to call this number"]],
  [21218, [400, "Invalid status"]],
  [21219, [400, "The number is unverified. Trial accounts may only make calls to verified numbers."]],
  [21220, [400, "Call is not in-progress. Cannot redirect."]],
  [32018, [400, "Twiml parameter exceeds the limit of 4000 characters"]],
]);

/** A refusal of the REST side: `{code, message, more_info, status}`. */
export class RestError extends Error {
  readonly code: number;
  readonly status: number;

  /** A code outside the table is answered with status 400. */
  constructor(code: number) {
    const [status, message] = ERRORS.get(code) ?? [400, "Request refused"];
    super(message);
    this.name = "RestError";
    this.code = code;
    this.status = status;
  }

  toJson(): Record<string, string | number> {
    return {
      code: this.code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${this.code}`,
      status: this.status,
    };
  }
}
