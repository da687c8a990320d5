// Procedures for responders: whoever answers callers' turns.
import * as z from "zod";
import { procedure, requestSignal, router } from "./trpc.ts";

const name = z.string().min(1).max(200);
const turn = z.strictObject({ callId: name, offerId: name, responder: name });

export const turnsRouter = router({
  /** Open turns at once, then new ones, and what became of each. While it is open, its responder counts as present. */
  offers: procedure
    .input(z.strictObject({ responder: name }))
    .subscription(({ ctx, input, signal }) => ctx.turns.offers(input, requestSignal(signal))),

  claim: procedure.input(turn).mutation(({ ctx, input }) => ctx.turns.claim(input)),

  reply: procedure
    .input(
      turn.extend({
        text: z.string().max(100_000),
        final: z.boolean().default(false),
        endCall: z.boolean().default(false),
      }),
    )
    .mutation(({ ctx, input }) => ctx.turns.reply(input)),

  fail: procedure
    .input(turn.extend({ message: z.string().max(1000) }))
    .mutation(({ ctx, input }) => ctx.turns.fail(input)),
});
