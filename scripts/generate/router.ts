// Generates docs/router.md: the procedures of the control API, their kind and what they take.
import * as z from "zod";
import { appRouter } from "../../src/router/app.ts";
import { code, table } from "./document.ts";

interface Field {
  name: string;
  required: boolean;
  type: string;
}

/** What tRPC keeps of a procedure, as far as it is read here. */
interface Procedure {
  _def: { type: string; inputs: z.ZodType[] };
}

export function routerDoc(): string {
  // Flat by their full path, which tRPC's types do not say.
  const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>);
  const groups = Map.groupBy(procedures, ([path]) => path.split(".", 1)[0] ?? "");
  const sections = [...groups].map(([group, members]) => `## ${group}\n\n${members.map(procedureText).join("\n")}`);
  return `${opening}\n${sections.join("\n")}`;
}

const opening = `# The router

The daemon's control API: tRPC over HTTP (\`/trpc/<procedure>\`) and WebSocket (\`/trpc\`) on loopback. \`daemon.json\` in the
state directory names the address and the token, which goes into \`Authorization: Bearer <token>\` of every request and
upgrade. Subscriptions are served over the WebSocket only. Failed orders carry \`data.callError\` with \`code\`, \`message\` and
often a \`hint\`. Generated from the router: do not edit.
`;

function procedureText([path, { _def }]: [string, Procedure]): string {
  const [input] = _def.inputs;
  const fields = input === undefined ? [] : fieldsOf(input);
  const rows = fields.map(({ name, required, type }) => [code(name), type, required ? "yes" : ""]);
  const takes = rows.length === 0 ? "Takes nothing." : table(["field", "type", "required"], rows);
  return `### ${code(path)} (${_def.type})\n\n${takes}\n`;
}

function fieldsOf(input: z.ZodType): Field[] {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    type: typeof schema === "boolean" ? "anything" : typeText(schema),
  }));
}

function typeText({
  type,
  enum: choices,
  minLength,
  maxLength,
  minimum,
  maximum,
  pattern,
}: z.core.JSONSchema.BaseSchema): string {
  if (choices !== undefined) return choices.map((choice) => code(String(choice))).join(" or ");
  const limits = [
    ...(maxLength === undefined ? [] : [`${minLength ?? 0} to ${maxLength} characters`]),
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`to ${maximum}`]),
    ...(pattern === undefined ? [] : [code(pattern)]),
  ];
  return [String(type), ...limits].join(", ");
}
