// The checks on orders: zod schemas whose output is the types of command.ts.
import * as z from "zod";
import type { AnswerQuery, CallReference, DigitsCommand, PlaceCommand, SayCommand } from "./command.ts";

const text = z
  .string()
  .min(1)
  .max(8000)
  .refine((spoken) => /[^\p{C}\s]/u.test(spoken), "there is nothing to say in it");
const requestId = z.string().min(1).max(200);
const sessionKey = z.string().min(1).max(400);
const callId = z.string().min(1).max(400);

/** Digits as every carrier's DTMF command takes them; carriers map `w` and `W` to their own pauses. */
const digits = z
  .string()
  .max(100)
  .regex(/^[0-9*#ABCDwW]+$/, "only 0-9 * # A B C D, and w or W to wait");

export const placeSchema = z.strictObject({
  to: z.string().max(32).optional(),
  message: text.optional(),
  mode: z.enum(["notify", "conversation"]).optional(),
  dtmfSequence: digits.optional(),
  requestId: requestId.optional(),
  sessionKey: sessionKey.optional(),
  requesterSessionKey: sessionKey.optional(),
  record: z.boolean().optional(),
  agentId: z.string().min(1).max(200).optional(),
}) satisfies z.ZodType<PlaceCommand>;

export const callReferenceSchema = z.strictObject({ callId }) satisfies z.ZodType<CallReference>;

export const saySchema = z.strictObject({
  callId,
  message: text,
  requestId: requestId.optional(),
}) satisfies z.ZodType<SayCommand>;

export const answerSchema = z.strictObject({ callId, requestId }) satisfies z.ZodType<AnswerQuery>;

export const digitsSchema = z.strictObject({ callId, digits }) satisfies z.ZodType<DigitsCommand>;
