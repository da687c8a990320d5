// docs/config.schema.json: JSON Schema (draft 2020-12) of our section of OpenClaw's configuration, for editors.
import type { GeneratedDocument } from "./document.ts";
import { strictSchema } from "./section-schema.ts";

const title = "OpenClaw Voice Call: plugins.entries.voice-call.config";

export const configSchemaDocument: GeneratedDocument = {
  file: "docs/config.schema.json",
  render: () => `${JSON.stringify({ title, ...strictSchema() }, null, 2)}\n`,
};
