// The list of all keys with what the schema says of each.
import * as z from "zod";
import { configSchema } from "./schema.ts";

export interface ConfigKey {
  /** `serve.port`. */
  path: string;
  description: string;
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

function keysOf(section: z.ZodObject, prefix: string): ConfigKey[] {
  return Object.entries(section.shape).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const marks = z.globalRegistry.get(schema);
    const { env } = marks ?? {};
    const key: ConfigKey = {
      path,
      description: marks?.description ?? "",
      secret: marks?.["secret"] === true,
      restart: marks?.["restart"] === true,
      env: typeof env === "string" ? env : undefined,
    };
    const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
    return inner instanceof z.ZodObject ? [key].concat(keysOf(inner, `${path}.`)) : [key];
  });
}
