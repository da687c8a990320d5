// The carriers' own sections of the configuration; see sections.ts for the marks.
import * as z from "zod";

export const twilio = z.strictObject({
  accountSid: z
    .string()
    .exactOptional()
    .describe("Account SID of the Twilio console: `AC` and 32 hex digits.")
    .meta({ env: "TWILIO_ACCOUNT_SID" }),
  authToken: z
    .string()
    .exactOptional()
    .describe("Auth Token of that account; it also proves that webhooks come from Twilio.")
    .meta({ secret: true, env: "TWILIO_AUTH_TOKEN" }),
  region: z
    .string()
    .refine((text) => /^[a-z]{2}\d$/.test(text), "is not the name of a Twilio region")
    .exactOptional()
    .describe(
      "Twilio region, for example `ie1` or `au1`; the Auth Token must be that region's. Twilio's own default is `us1`.",
    ),
  baseUrl: z.string().exactOptional().describe("URL in place of `https://api.twilio.com`, for an emulator or a proxy."),
});

export const telnyx = z.strictObject({
  apiKey: z
    .string()
    .exactOptional()
    .describe("API key of the Telnyx portal (Keys & Credentials > API Keys), which begins with `KEY`.")
    .meta({ secret: true, env: "TELNYX_API_KEY" }),
  connectionId: z
    .string()
    .exactOptional()
    .describe("Id of the Call Control application that `fromNumber` belongs to, in quotes.")
    .meta({ env: "TELNYX_CONNECTION_ID" }),
  publicKey: z
    .string()
    .exactOptional()
    .describe(
      "Public key of the account (Keys & Credentials > Public Key), which proves that webhooks come from Telnyx; as the portal shows it, in SPKI form or as PEM.",
    )
    .meta({ env: "TELNYX_PUBLIC_KEY" }),
  baseUrl: z
    .string()
    .exactOptional()
    .describe("URL in place of `https://api.telnyx.com/v2`, for an emulator, a proxy or `https://api.telnyx.eu/v2`."),
  voice: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .describe("Voice that Telnyx speaks with, for example `female` (its default here) or `AWS.Polly.Joanna-Neural`."),
  language: z
    .string()
    .refine((text) => /^[a-z]{2,3}(-[A-Z]{2}(-[A-Z]{3})?)?$/.test(text), "is not the name of a language like en-US")
    .exactOptional()
    .describe("Language that is spoken and listened for, for example `en-US` (the default) or `de-DE`."),
});

export const plivo = z.strictObject({
  authId: z
    .string()
    .exactOptional()
    .describe("Auth ID of the Plivo console: `MA` (or `SA` for a subaccount) and 18 capital letters and digits.")
    .meta({ env: "PLIVO_AUTH_ID" }),
  authToken: z
    .string()
    .exactOptional()
    .describe("Auth Token of that account; it also proves that webhooks come from Plivo.")
    .meta({ secret: true, env: "PLIVO_AUTH_TOKEN" }),
  baseUrl: z.string().exactOptional().describe("URL in place of `https://api.plivo.com`, for an emulator or a proxy."),
});

export const mock = z.strictObject({
  outcome: z
    .enum(["answer", "busy", "no-answer", "failed", "hangup"])
    .default("answer")
    .describe("What becomes of a call that we place; with `hangup` the callee answers and hangs up in the middle."),
  ringMs: z.int().min(0).max(600_000).default(800).describe("Milliseconds that the callee's phone rings."),
  pace: z
    .number()
    .min(0)
    .max(10)
    .default(1)
    .describe("Share of real time that speaking takes: 1 is real speaking speed, 0 is instantly."),
  replies: z
    .union([z.literal("echo"), z.array(z.string().min(1).max(8000)).max(1000)], {
      error: 'must be "echo" or a list of texts',
    })
    .default("echo")
    .describe('What the callee answers: `"echo"` repeats what was said, a list is said one by one.'),
  replyDelayMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(600)
    .describe("Milliseconds that the callee thinks before answering."),
});
