// Telnyx's REST errors: the codes it really uses, with their HTTP status and words.

const REFUSED = 422;

const ERRORS: ReadonlyMap<string, readonly [status: number, title: string, detail: string]> = new Map([
  ["10002", [REFUSED, "Invalid phone number", "The phone number is invalid."]],
  ["10003", [REFUSED, "Invalid URL", "The URL provided was invalid or malformed."]],
  ["10004", [REFUSED, "Missing required parameter", "A required parameter was missing."]],
  ["10005", [404, "Resource not found", "The requested resource or URL could not be found."]],
  ["10007", [500, "Unexpected error", "An unexpected error occured."]],
  ["10009", [401, "Authentication failed", "The required authentication headers were invalid or not included."]],
  ["10010", [403, "Authorization failed", "You do not have permission to perform the requested action."]],
  ["10011", [429, "Too many requests", "You have exceeded the maximum number of allowed requests."]],
  ["10014", [415, "Unsupported Media Type", "The request failed because the media type is not supported."]],
  ["10015", [400, "Bad Request", "The request failed because it was not well-formed."]],
  ["10016", [REFUSED, "Phone number must be in +E.164 format", "The phone number must be in +E.164 format."]],
  ["90010", [REFUSED, "Invalid payload length", "The payload must have 1 to 5000 characters."]],
  ["90017", [REFUSED, "Invalid value for client_state", "The client_state must be a valid Base64 string."]],
  ["90018", [REFUSED, "Call has already ended", "This call is no longer active and can't receive commands."]],
  ["90029", [REFUSED, "Invalid value for time_limit_secs", "The time limit must be at least 60 seconds."]],
  ["90034", [REFUSED, "Call not answered yet", "This call can't receive this command because it is not answered yet."]],
  ["90041", [REFUSED, "Channel limit exceeded", "The outbound channel limit of the account was exceeded."]],
  ["90045", [REFUSED, "Media is streaming", "This call can't receive this command while its media is streamed."]],
  ["90046", [REFUSED, "Media is not streaming", "This call's media is not streamed."]],
  ["90054", [REFUSED, "Transcription already started", "Transcription is already in progress for this call."]],
  ["90057", [REFUSED, "Invalid parameter", "The value of the parameter is invalid."]],
  ["90102", [REFUSED, "Outbound call can't be answered", "The answer command is for inbound calls only."]],
]);

/** A refusal of the REST side: `{errors: [{code, title, detail, source?, meta}]}`. */
export class RestError extends Error {
  readonly code: string;
  readonly status: number;
  readonly #title: string;
  readonly #parameter: string | undefined;

  /** A code outside the table is answered with status 422. */
  constructor(code: string, parameter?: string) {
    const [status, title, detail] = ERRORS.get(code) ?? [REFUSED, "Request refused", "The request was refused."];
    super(detail);
    this.name = "RestError";
    this.code = code;
    this.status = status;
    this.#title = title;
    this.#parameter = parameter;
  }

  toJson(): Record<string, unknown> {
    const error = {
      code: this.code,
      title: this.#title,
      detail: this.message,
      ...(this.#parameter === undefined ? {} : { source: { pointer: `/${this.#parameter}` } }),
      meta: { url: `https://developers.telnyx.com/docs/overview/errors/${this.code}` },
    };
    return { errors: [error] };
  }
}
