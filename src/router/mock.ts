// Procedures that play the other side of a call on the mock carrier.
import * as z from "zod";
import { callReferenceSchema, digitsSchema } from "../call/command-schema.ts";
import { procedure, router } from "./trpc.ts";

const words = z.string().min(1).max(8000);
const number = z.string().min(1).max(32);

export const mockRouter = router({
  inbound: procedure
    .input(z.strictObject({ from: number, to: number.optional(), say: words.optional() }))
    .mutation(({ ctx, input }) => ctx.mock.inbound(input)),

  say: procedure.input(callReferenceSchema.extend({ text: words })).mutation(({ ctx, input }) => ctx.mock.say(input)),

  /** Settles when all has been said. */
  sayAudio: procedure
    .input(callReferenceSchema.extend({ file: z.string().min(1).max(4096), text: words.optional() }))
    .mutation(({ ctx, input }) => ctx.mock.sayAudio(input)),

  digits: procedure.input(digitsSchema).mutation(({ ctx, input }) => ctx.mock.press(input)),

  hangUp: procedure.input(callReferenceSchema).mutation(({ ctx, input }) => ctx.mock.hangUp(input)),
});
