// The list of all keys with what the schema says of each.
import * as z from "zod";
import { configSchema } from "./schema.ts";

export interface ConfigKey {
  /** `serve.port`; `*` stands for a name that the user chooses: `numbers.*.agentId`. */
  path: string;
  description: string;
  /** Holds keys of its own and no value. */
  section: boolean;
  /** Its value is never shown. */
  secret: boolean;
  /** A change takes effect only with a new daemon. */
  restart: boolean;
  /** The environment variable that fills the key when it is absent. */
  env: string | undefined;
}

/** In the order of the schema; a section stands before its keys. */
export const configKeys: readonly ConfigKey[] = keysOf(configSchema, "");

export function configKey(path: string): ConfigKey | undefined {
  return configKeys.find((key) => key.path === path);
}

/** A place in a file as this list names it: without positions in lists, and `*` for names that the user chose. */
export function keyPath(place: readonly PropertyKey[]): string {
  let path = "";
  for (const step of place) {
    if (typeof step === "number") continue;
    const inside = path === "" ? "" : `${path}.`;
    path = `${inside}${configKey(`${inside}*`) === undefined ? String(step) : "*"}`;
  }
  return path;
}

function keysOf(section: z.ZodObject, prefix: string): ConfigKey[] {
  return Object.entries(section.shape).flatMap(([name, schema]) => keysAt(schema, `${prefix}${name}`));
}

function keysAt(schema: z.core.$ZodType, path: string): ConfigKey[] {
  const marks = z.globalRegistry.get(schema);
  const { env } = marks ?? {};
  const inner = schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  const key: ConfigKey = {
    path,
    description: marks?.description ?? "",
    section: inner instanceof z.ZodObject,
    secret: marks?.["secret"] === true,
    restart: marks?.["restart"] === true,
    env: typeof env === "string" ? env : undefined,
  };
  if (inner instanceof z.ZodObject) return [key].concat(keysOf(inner, `${path}.`));
  return inner instanceof z.ZodRecord ? [key].concat(keysAt(inner.valueType, `${path}.*`)) : [key];
}
