// The configuration: the one source of its types, defaults, checks, JSON Schema and documentation.
import * as z from "zod";
import { daemon, mock, outbound, retention, serve, twilio, webhookSecurity } from "./sections.ts";

/** Words of the contract that a later version will understand; naming one is told apart from a typing error. */
function notYet(words: readonly string[], known: string) {
  return ({ input }: { input?: unknown }): string | undefined =>
    words.some((word) => word === input)
      ? `is ${JSON.stringify(input)}, which this version does not speak yet: it knows ${known}`
      : undefined;
}

export const configSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether calls are placed and taken at all."),
  provider: z
    .enum(["twilio", "mock"], { error: notYet(["telnyx", "plivo"], "twilio and mock") })
    .default("mock")
    .describe("The carrier that calls go through; `mock` plays the other side itself and costs nothing."),
  fromNumber: z
    .string()
    .exactOptional()
    .describe("Our own number in E.164 form, as rented from the carrier.")
    .meta({ env: "TWILIO_FROM_NUMBER" }),
  toNumber: z.string().exactOptional().describe("Number in E.164 form that is called when an order names none."),
  publicUrl: z
    .string()
    .exactOptional()
    .describe(
      "The https URL under which the carrier reaches `serve.path` of this machine, exactly as the carrier sees it.",
    ),
  skipSignatureVerification: z
    .boolean()
    .default(false)
    .describe(
      "Takes webhooks without checking their signature; works only when the carrier's `baseUrl` is on this machine.",
    ),
  inboundPolicy: z
    .enum(["disabled", "allowlist", "open"], { error: notYet(["pairing"], "disabled, allowlist and open") })
    .default("disabled")
    .describe("Who may call in: nobody, the numbers of `allowFrom`, or everybody."),
  allowFrom: z
    .array(z.string())
    .max(10_000)
    .default([])
    .describe("Numbers in E.164 form that may call in under `allowlist`."),
  inboundGreeting: z
    .string()
    .max(8000)
    .exactOptional()
    .describe("What a caller hears first; empty or absent says nothing and listens."),
  maxDurationSeconds: z
    .int()
    .min(1)
    .max(14_400)
    .default(300)
    .describe("Seconds after which a call is ended, whatever happens in it."),
  staleCallReaperSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(120)
    .describe("Seconds without a word from the carrier after which it is asked whether the call still exists."),
  silenceTimeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(800)
    .describe("Milliseconds of the caller's silence that end a turn."),
  transcriptTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(180_000)
    .describe("Milliseconds that a question waits for its answer."),
  ringTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(30_000)
    .describe("Milliseconds that a call may ring before it is given up."),
  maxConcurrentCalls: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe("How many calls may be live at once, both directions together."),
  store: z
    .string()
    .min(1)
    .exactOptional()
    .describe("State directory of the daemon; by default `voice-calls` in OpenClaw's own state directory.")
    .meta({ restart: true }),
  twilio: twilio.prefault({}).describe('The Twilio account; needed with `provider: "twilio"`.'),
  serve: serve.prefault({}).describe("Where webhooks arrive on this machine."),
  webhookSecurity: webhookSecurity.prefault({}).describe("Limits on who may send webhooks, besides their signature."),
  outbound: outbound.prefault({}).describe("Calls that we place."),
  daemon: daemon.prefault({}).describe("The daemon itself."),
  retention: retention.prefault({}).describe("How long finished calls are kept; both limits hold."),
  mock: mock.prefault({}).describe("How the mock carrier behaves."),
});

/** Every key well formed by itself; whether they go together is not known yet. */
export type Settings = z.output<typeof configSchema>;

type Complete<Provider extends Settings["provider"], Needed = object> = Omit<Settings, "provider" | keyof Needed> & {
  provider: Provider;
} & Needed;

/** A configuration that calls can be placed with: what its carrier needs is there. */
export type Config =
  | Complete<"mock">
  | Complete<
      "twilio",
      { fromNumber: string; publicUrl: string; twilio: Settings["twilio"] & { accountSid: string; authToken: string } }
    >;
