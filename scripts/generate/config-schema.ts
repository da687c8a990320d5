// docs/config.schema.json: JSON Schema (draft 2020-12) of our section of OpenClaw's configuration, for editors.
import * as z from "zod";
import { laterKeys } from "../../src/daemon/config/later-keys.ts";
import { legacyKeys } from "../../src/daemon/config/legacy.ts";
import { configSchema } from "../../src/daemon/config/schema.ts";
import type { GeneratedDocument } from "./document.ts";

type JsonSchema = z.core.JSONSchema.JSONSchema;

export const configSchemaDocument: GeneratedDocument = {
  file: "docs/config.schema.json",
  render: () => `${JSON.stringify(editorSchema(), null, 2)}\n`,
};

function editorSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    // Our own marks are no JSON Schema words.
    override: ({ jsonSchema }) => {
      for (const mark of ["env", "restart", "secret"]) delete jsonSchema[mark];
    },
  });
  for (const path of laterKeys) accept(schema, path, { description: "Not used by this version." });
  for (const [old, now] of legacyKeys)
    accept(schema, old, { deprecated: true, description: `Older name of \`${now}\`.` });
  return { title: "OpenClaw Voice Call: plugins.entries.voice-call.config", ...schema };
}

/** Adds a key that the loader accepts besides the schema's; where a whole section is accepted, so is what it holds. `*` stands for every name. */
function accept(schema: JsonSchema, path: string, as: JsonSchema): void {
  const [name = "", ...rest] = path.split(".");
  const { properties } = schema;
  const inner = name === "*" ? schema.additionalProperties : properties?.[name];
  if (rest.length > 0 && typeof inner === "object") accept(inner, rest.join("."), as);
  if (rest.length === 0 && properties !== undefined) properties[name] ??= as;
}
