// The JSON body of a REST request, read field by field as Telnyx checks it.
import type { HttpRequest } from "../loopback-server.ts";
import { RestError } from "./rest-error.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
  /** The code of a value below the minimum. Default 90057. */
  readonly tooLow?: string;
}

export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  /** Absent and null are the same. Throws `RestError` when it is not text. */
  text(name: string): string | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value !== undefined && typeof value !== "string") {
      throw new RestError("90057", name);
    }
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === "") {
      throw new RestError("10004", name);
    }
    return value;
  }

  /** One of the values; the first when absent. */
  oneOf<Value extends string>(name: string, values: readonly [Value, ...Value[]]): Value {
    const given = this.text(name) ?? values[0];
    const value = values.find((known) => known === given);
    if (value === undefined) {
      throw new RestError("90057", name);
    }
    return value;
  }

  integer(name: string, { min, max, otherwise, tooLow = "90057" }: Range): number {
    const value = this.#fields[name] ?? otherwise;
    if (typeof value !== "number" || !Number.isInteger(value) || value > max) {
      throw new RestError("90057", name);
    }
    if (value < min) {
      throw new RestError(tooLow, name);
    }
    return value;
  }

  flag(name: string): boolean {
    return this.#fields[name] === true;
  }

  /** An object within the body; an empty one when absent. */
  object(name: string): Fields {
    const value = this.#fields[name];
    return new Fields(isObject(value) ? value : {});
  }

  url(name: string, schemes: RegExp = /^https?:\/\//i): string | undefined {
    const value = this.text(name);
    if (value !== undefined && (!schemes.test(value) || !URL.canParse(value))) {
      throw new RestError("10003", name);
    }
    return value;
  }

  clientState(): string | undefined {
    const value = this.text("client_state");
    if (value !== undefined && !BASE64.test(value)) {
      throw new RestError("90017", "client_state");
    }
    return value;
  }
}

/** The fields of a request; an empty body has none. Throws `RestError`. */
export function fieldsOf(request: HttpRequest): Fields {
  if (request.body.length === 0) {
    return new Fields({});
  }
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    throw new RestError("10014");
  }
  const value = parsed(request.body.toString());
  if (!isObject(value)) {
    throw new RestError("10015");
  }
  return new Fields(value);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new RestError("10015");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
