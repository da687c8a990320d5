// The list of generated documents: one generator each.
import { configSchemaDocument } from "./config-schema.ts";
import { configurationDocument } from "./configuration.ts";
import type { GeneratedDocument } from "./document.ts";
import { eventsDocument } from "./events.ts";
import { manifestDocument } from "./manifest.ts";
import { routerDoc } from "./router.ts";

const routerDocument: GeneratedDocument = { file: "docs/router.md", render: routerDoc };

export const documents: readonly GeneratedDocument[] = [
  configurationDocument,
  configSchemaDocument,
  manifestDocument,
  eventsDocument,
  routerDocument,
];
