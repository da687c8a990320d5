// The sections of the configuration, one strict object each. Marks: `secret` is never shown, `env` fills an absent key,
// `restart` takes effect only with a new daemon.
import { isIP } from "node:net";
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

export const serve = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(3334)
    .describe("Port on this machine where webhooks arrive; 0 takes a free one.")
    .meta({ restart: true }),
  bind: z
    .string()
    .refine((text) => text === "localhost" || isIP(text) !== 0, "is neither an IP address nor `localhost`")
    .default("127.0.0.1")
    .describe("Address to listen on for webhooks; `0.0.0.0` listens on all of them.")
    .meta({ restart: true }),
  path: z
    .string()
    .refine((text) => /^\/[^\s?#]*$/.test(text), "is not a path: it begins with `/` and holds no `?`, `#` or space")
    .default("/voice/webhook")
    .describe("Path at which webhooks arrive, exactly.")
    .meta({ restart: true }),
});

export const webhookSecurity = z.strictObject({
  allowedHosts: z
    .array(
      z
        .string()
        .toLowerCase()
        .refine((text) => /^([\w.-]+|\[[\da-f:.]+\])$/.test(text), "is not a host name without scheme, port and path"),
    )
    .max(100)
    .default([])
    .describe("Host names that webhooks may be addressed to; an empty list allows every name.")
    .meta({ restart: true }),
});

export const outbound = z.strictObject({
  defaultMode: z
    .enum(["notify", "conversation"])
    .default("notify")
    .describe(
      "What a call does when its order names no mode: `notify` says its message and hangs up, `conversation` stays on the line.",
    ),
  notifyHangupDelaySec: z
    .number()
    .min(0)
    .max(600)
    .default(3)
    .describe("Seconds between the end of a notify message and the hang-up."),
});

export const daemon = z.strictObject({
  idleExitMinutes: z
    .number()
    .min(0)
    .max(10_080)
    .default(30)
    .describe("Minutes without calls, followers and commands after which the daemon ends by itself; 0 means never."),
});

export const retention = z.strictObject({
  days: z.int().min(1).max(36_500).default(90).describe("Days for which finished calls are kept."),
  calls: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(10_000)
    .describe("How many finished calls are kept at most; the oldest go first."),
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
