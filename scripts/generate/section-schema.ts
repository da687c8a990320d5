// JSON Schema of our section of OpenClaw's configuration, with everything that the loader accepts.
import * as z from "zod";
import { legacyKeys } from "../../src/daemon/config/legacy.ts";
import { configSchema } from "../../src/daemon/config/schema.ts";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Our own, which are no words of JSON Schema. */
const marks: ReadonlySet<string> = new Set(["env", "restart", "secret"]);

/** Where a secret is kept, in place of the secret. */
const secretRef: JsonSchema = {
  description: "A SecretRef of OpenClaw: where the value is kept.",
  type: "object",
  properties: {
    source: { type: "string", minLength: 1 },
    provider: { type: "string", minLength: 1 },
    id: { type: "string", minLength: 1 },
  },
  required: ["source", "provider", "id"],
  additionalProperties: false,
};

/** For editors, which underline what the loader would refuse. */
export function strictSchema(): JsonSchema {
  return eachKey(withOlderKeys(), (key, isSecret) => {
    const { description, ...value } = key;
    return isSecret ? { ...(description !== undefined && { description }), anyOf: [value, secretRef] } : key;
  });
}

/**
 * For the host, which does not start at all with a section that its schema refuses: every key is described and nothing is
 * refused, so that voice alone suffers from a mistake, and tells it in its own words. Without defaults, which the host would
 * fill in as if a person had written them.
 */
export function openSchema(): JsonSchema {
  const open = eachKey(withOlderKeys(), (key, isSecret) => {
    const { description, default: _default, ...value } = key;
    const told = description === undefined ? {} : { description };
    // A list of types is what the host's own forms know a secret by.
    if (isSecret) return { ...told, ["type" as string]: ["string", "object"] };
    return isSection(key)
      ? { ...told, ...value, ...(isMap(key) ? {} : { additionalProperties: true }) }
      : { ...told, anyOf: [value, {}] };
  });
  return { ...open, additionalProperties: true };
}

function isSection({ type }: JsonSchema): boolean {
  return type === "object";
}

/** Its names are the user's own. */
function isMap({ additionalProperties }: JsonSchema): boolean {
  return typeof additionalProperties === "object";
}

function withOlderKeys(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, { io: "input" });
  for (const [old, now] of legacyKeys)
    accept(schema, old, { deprecated: true, description: `Older name of \`${now}\`.` });
  const { provider } = schema.properties ?? {};
  if (typeof provider === "object") provider.enum?.push("log");
  return schema;
}

/** Changes every key below a section, inner ones first, and takes our marks away. */
function eachKey(section: JsonSchema, change: (key: JsonSchema, isSecret: boolean) => JsonSchema): JsonSchema {
  const inner = (key: JsonSchema | boolean): JsonSchema | boolean => {
    if (typeof key === "boolean") return key;
    const plain = Object.fromEntries(Object.entries(eachKey(key, change)).filter(([name]) => !marks.has(name)));
    return change(plain, key["secret"] === true);
  };
  const { properties, additionalProperties } = section;
  return {
    ...section,
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, key]) => [name, inner(key)])),
    }),
    ...(additionalProperties !== undefined && { additionalProperties: inner(additionalProperties) }),
  };
}

/** Adds a key that the loader accepts besides the schema's; where a whole section is accepted, so is what it holds. `*` stands for every name. */
function accept(schema: JsonSchema, path: string, as: JsonSchema): void {
  const [name = "", ...rest] = path.split(".");
  const { properties } = schema;
  const inner = name === "*" ? schema.additionalProperties : properties?.[name];
  if (rest.length > 0 && typeof inner === "object") accept(inner, rest.join("."), as);
  if (rest.length === 0 && properties !== undefined) properties[name] ??= as;
}
