// The sections of the configuration, one strict object each. Marks: `secret` is never shown, `env` fills an absent key,
// `restart` takes effect only with a new daemon.
import * as z from "zod";
import { lineTts } from "./speech-sections.ts";

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
  onVoicemail: z
    .enum(["hangup", "leave-message"])
    .exactOptional()
    .describe(
      "What to do when a machine answers; has the carrier find out, which it may charge for. Absent: nothing, the message is spoken as to a person.",
    ),
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

/** Who answers, for all callers or for those of one dialled number. */
export const answering = {
  agentId: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .describe("Agent that answers, where it is not the host's default one."),
  responseModel: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .describe("Model that answers are made with, where it is not the agent's own."),
  responseSystemPrompt: z
    .string()
    .max(20_000)
    .exactOptional()
    .describe("Instructions for whoever answers, besides the agent's own."),
};

/** How long a responder has, in milliseconds. */
export const responseTimeoutMs = z.int().min(1000).max(600_000);

/** Spoken when a call begins. */
export const inboundGreeting = z.string().max(8000).exactOptional();

/** What the agent may do for those who call in. */
export const inboundTools = z.enum(["read-only", "all", "none"]);

/** One number of ours; what it leaves out is as for all. */
export const line = z.strictObject({
  inboundGreeting: inboundGreeting.describe(
    "What a caller of this number hears first; empty says nothing and listens.",
  ),
  tts: lineTts,
  ...answering,
  inboundTools: inboundTools.exactOptional().describe("What the agent may do for callers of this number."),
  responseTimeoutMs: responseTimeoutMs
    .exactOptional()
    .describe("Milliseconds that an answer to a caller of this number may take."),
});

export const idle = z.strictObject({
  afterSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(20)
    .describe(
      "Seconds of silence after which a caller is asked whether they are there; after two such questions the call ends. 0 means never.",
    ),
});

function phrase(text: string): z.ZodDefault<z.ZodString> {
  return z.string().min(1).max(1000).default(text);
}

export const phrases = z.strictObject({
  apology: phrase("Sorry, I could not come up with an answer. Could you say that again?").describe(
    "Said when no answer came in time, or what the caller said was lost.",
  ),
  unattended: phrase("Sorry, nobody can take your call right now. Please try again later. Goodbye.").describe(
    "Said before hanging up when nobody is there to answer.",
  ),
  reprompt: phrase("Are you still there?").describe("Asked of a caller who is silent for `idle.afterSeconds`."),
  goodbye: phrase("I will hang up now. Goodbye.").describe("Said before hanging up on a caller who stays silent."),
  pairing: z
    .string()
    .max(1000)
    .refine((text) => text.includes("{code}"), "does not hold `{code}`, the place of the code")
    .default(
      "This number does not know you yet. Your code is {code}. Please give it to the owner, who has to confirm it, and then call again. Your code is {code}. Goodbye.",
    )
    .describe("Said to an unknown caller under `pairing`; every `{code}` becomes the one-time code."),
  filler: z
    .string()
    .max(1000)
    .default("One moment, please.")
    .describe("Said on a media stream when a reply, or the recogniser, takes long; empty says nothing."),
  deaf: z
    .string()
    .max(1000)
    .default("I am having trouble hearing you. Please go on.")
    .describe("Said when our recogniser is gone, and the carrier's takes over."),
  recording: phrase("This call is recorded.").describe("Said first in a call that is recorded."),
  busy: phrase("All lines are busy. Please call again later. Goodbye.").describe(
    "Said to a caller beyond `maxConcurrentCalls`.",
  ),
});
