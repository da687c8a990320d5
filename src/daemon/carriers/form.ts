// Form and query fields, read once and shared by the signature check and the reading of the webhook.

export interface Fields {
  /** As sent, decoded. */
  pairs: readonly (readonly [name: string, value: string])[];
  /** The first value of a field; undefined when it is absent or empty. */
  get(name: string): string | undefined;
  /** The first of these names that occurs more than once. */
  repeated(names: ReadonlySet<string>): string | undefined;
}

/** Reads `a=1&b=2`; never throws, whatever the bytes. */
export function readFields(text: string): Fields {
  const pairs = [...new URLSearchParams(text)];
  const values = new Map<string, string>();
  const twice: string[] = [];
  for (const [name, value] of pairs) {
    if (values.has(name)) twice.push(name);
    else values.set(name, value);
  }
  return {
    pairs,
    get: (name) => values.get(name) || undefined,
    repeated: (names) => twice.find((name) => names.has(name)),
  };
}
