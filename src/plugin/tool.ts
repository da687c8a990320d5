// The agent's tool `voice_call`: one tool, an action each for what can be done with a call.
import { inOpenClaw } from "../call/command-name.ts";
import { CallError } from "../call/error.ts";
import type { ConnectOptions, VoiceCall } from "../client/index.ts";
import { sectionOf } from "./config-section.ts";
import { type FieldName, fields } from "./fields.ts";
import type { HostApi, Tool, ToolContext, ToolResult } from "./host.ts";
import { placeOnce } from "./one-call.ts";
import { type Operation, type Outcome, operations } from "./operations.ts";
import { placeOf } from "./reach.ts";

/** An agent's turn holds up a reload of the plugin, which gives up after a minute. */
const waitMs = 45_000;

type Action = Operation & Required<Pick<Operation, "action">>;

const actions = operations.filter((operation): operation is Action => operation.action !== undefined);

/** The tool runs in another instance of the plugin than the service: all that they share is the daemon. */
export function voiceCallTool(
  api: HostApi,
  context: ToolContext,
  reach: (options: ConnectOptions) => Promise<VoiceCall>,
): Tool {
  return {
    name: "voice_call",
    label: "Voice Call",
    description:
      "Make and handle real phone calls. A call reaches a real person and costs money: place one only when the user wants it, never twice for one wish.",
    parameters: schema(),
    catalogMode: "direct-only",
    execute: async (_toolCallId, params, signal = new AbortController().signal) => {
      try {
        return await performed(params);
      } catch (error) {
        throw readable(error);
      }

      async function performed(given: unknown): Promise<ToolResult> {
        const { sessionKey } = context;
        const { run, places } = prepare(given, sessionKey);
        const config = context.config ?? api.runtime.config.current();
        await using voice = await reach({ ...placeOf(api, config), signal });
        const perform = (): Promise<Outcome> => run({ voice, waitMs, signal });
        const to = places?.to ?? textOf(sectionOf(config)["toNumber"]);
        const { result, words } = await (places === undefined
          ? perform()
          : placeOnce({ voice, sessionKey, to, signal }, perform));
        return { content: [{ type: "text", text: words }], details: result };
      }
    },
  };
}

interface Prepared {
  run: ReturnType<Operation["prepare"]>;
  /** What calls somebody, and whom if it says so. */
  places?: { to: string | undefined };
}

function prepare(params: unknown, requesterSessionKey: string | undefined): Prepared {
  const { action, ...given } = typeof params === "object" && params !== null ? filled(params) : {};
  const chosen = actions.find((operation) => operation.action.name === action);
  if (chosen === undefined) {
    throw new CallError("INVALID_INPUT", "action is missing or unknown", {
      hint: `it is one of ${actions.map((operation) => operation.action.name).join(", ")}`,
    });
  }
  const { takes } = chosen.action;
  const stranger = Object.keys(given).find((name) => !takes.some((known) => known === name));
  if (stranger !== undefined) {
    throw new CallError("INVALID_INPUT", `${String(action)} takes no ${JSON.stringify(stranger.slice(0, 40))}`, {
      hint: `it takes ${takes.join(", ")}`,
    });
  }
  if (chosen.method !== "initiate") return { run: chosen.prepare(given) };
  const told = requesterSessionKey === undefined ? {} : { requesterSessionKey };
  return { run: chosen.prepare({ ...given, ...told }), places: { to: textOf(given["to"]) } };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Models like to fill in what they leave out. */
function filled(params: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null && value !== ""));
}

function schema(): object {
  const taken = new Set(actions.flatMap(({ action }) => action.takes));
  const properties = [...taken].map((name) => [name, propertyOf(name)] as const);
  const choice = {
    type: "string",
    enum: actions.map(({ action }) => action.name),
    description: actions.map(({ action }) => `${action.name}: ${action.summary}`).join(" "),
  };
  return {
    type: "object",
    properties: { action: choice, ...Object.fromEntries(properties) },
    required: ["action"],
    additionalProperties: false,
  };
}

function propertyOf(name: FieldName): object {
  const { description, ...field } = fields[name];
  return { type: "string", description, ...("choices" in field && { enum: field.choices }) };
}

function readable(error: unknown): Error {
  if (!(error instanceof CallError)) return error instanceof Error ? error : new Error(String(error));
  const { code, message, hint } = error;
  return new Error(
    inOpenClaw(hint === undefined ? `${code}: ${message}` : `${code}: ${message}. What helps: ${hint}`),
    {
      cause: error,
    },
  );
}
