// The configuration: the one source of its types, defaults, checks, JSON Schema and documentation.
import * as z from "zod";
import { isFixedPath } from "../../call/fixed-path.ts";
import { mock, plivo, telnyx, twilio } from "./carrier-sections.ts";
import { serve, tailscale, tunnel, webhookSecurity } from "./exposure-sections.ts";
import {
  answering,
  daemon,
  idle,
  inboundGreeting,
  inboundTools,
  line,
  outbound,
  phrases,
  responseTimeoutMs,
  retention,
} from "./sections.ts";
import { recording, streaming, tts } from "./speech-sections.ts";

export const configSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether calls are placed and taken at all."),
  provider: z
    .enum(["twilio", "telnyx", "plivo", "mock"])
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
      "The https URL under which the carrier reaches `serve.path` of this machine, exactly as the carrier sees it; with a `tunnel` it is not needed.",
    ),
  skipSignatureVerification: z
    .boolean()
    .default(false)
    .describe(
      "Takes webhooks without checking their signature; works only when the carrier's `baseUrl` is on this machine.",
    ),
  inboundPolicy: z
    .enum(["disabled", "allowlist", "pairing", "open"])
    .default("disabled")
    .describe(
      "Who may call in: nobody, the numbers of `allowFrom`, these and callers whose spoken code the owner confirmed, or everybody.",
    ),
  allowFrom: z
    .array(z.string())
    .max(10_000)
    .default([])
    .describe("Numbers in E.164 form that may call in under `allowlist` and `pairing`."),
  inboundGreeting: inboundGreeting.describe("What a caller hears first; empty or absent says nothing and listens."),
  numbers: z
    .record(z.string(), line.describe("One dialled number; what it leaves out is as for all."))
    .refine((numbers) => Object.keys(numbers).length <= 1000, "must be at most 1000 numbers")
    .default({})
    .describe("What differs for calls to one of our numbers, by the dialled number in E.164 form."),
  sessionScope: z
    .enum(["per-phone", "per-call", "main"])
    .default("per-phone")
    .describe(
      "Which calls share one conversation: all with the same other number, none, or all with the agent's main session.",
    ),
  ...answering,
  inboundTools: inboundTools
    .default("read-only")
    .describe(
      "What the agent may do for whoever calls in, since a caller's number is easily forged: `read-only` looks up (workspace files, memory, the web), `all` is everything the agent can do, `none` only talks. Calls that we place are not limited.",
    ),
  responseTimeoutMs: responseTimeoutMs
    .default(30_000)
    .describe("Milliseconds that an answer to a caller may take, from the end of the caller's turn."),
  unattendedAfterMs: z
    .int()
    .min(0)
    .max(120_000)
    .default(3000)
    .describe(
      "Milliseconds that a caller's words wait for a responder when none is connected. A Gateway that has just left is waited for 25 s, since it may be starting again.",
    ),
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
    .refine(
      (path) => path === "" || isFixedPath(path),
      "is not a path from / or ~, so each program would look elsewhere",
    )
    .exactOptional()
    .describe("State directory of the daemon; by default `voice-calls` in OpenClaw's own state directory.")
    .meta({ restart: true }),
  twilio: twilio.prefault({}).describe('The Twilio account; needed with `provider: "twilio"`.'),
  telnyx: telnyx.prefault({}).describe('The Telnyx account; needed with `provider: "telnyx"`.'),
  plivo: plivo.prefault({}).describe('The Plivo account; needed with `provider: "plivo"`.'),
  serve: serve.prefault({}).describe("Where webhooks arrive on this machine."),
  webhookSecurity: webhookSecurity.prefault({}).describe("Limits on who may send webhooks, besides their signature."),
  tunnel: tunnel.prefault({}).describe("A public URL that the daemon makes by itself, in place of `publicUrl`."),
  tailscale: tailscale.prefault({}).describe("Where a Tailscale tunnel is mounted."),
  idle: idle.prefault({}).describe("Callers who say nothing."),
  phrases: phrases.prefault({}).describe("What is said when there is no answer to say."),
  outbound: outbound.prefault({}).describe("Calls that we place."),
  daemon: daemon.prefault({}).describe("The daemon itself."),
  streaming: streaming.prefault({}).describe("Live audio over media streams."),
  tts: tts.prefault({}).describe("Voices for calls on media streams."),
  recording: recording.prefault({}).describe("Recordings of calls on media streams."),
  retention: retention.prefault({}).describe("How long finished calls are kept; both limits hold."),
  mock: mock.prefault({}).describe("How the mock carrier behaves."),
});

/** Every key well formed by itself; whether they go together is not known yet. */
export type Settings = z.output<typeof configSchema>;

type Complete<Provider extends Settings["provider"], Needed = object> = Omit<Settings, "provider" | keyof Needed> & {
  provider: Provider;
} & Needed;

/** A configuration that calls can be placed with: what its carrier needs is there. Without `publicUrl` there is a tunnel. */
export type Config =
  | Complete<"mock">
  | Complete<"twilio", { fromNumber: string; twilio: Settings["twilio"] & { accountSid: string; authToken: string } }>
  | Complete<
      "telnyx",
      {
        fromNumber: string;
        telnyx: Settings["telnyx"] & { apiKey: string; connectionId: string; publicKey: string };
      }
    >
  | Complete<"plivo", { fromNumber: string; plivo: Settings["plivo"] & { authId: string; authToken: string } }>;
