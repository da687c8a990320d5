// Procedures on calls: place, look up, speak, ask, press, hang up.
import { answerSchema, callReferenceSchema, digitsSchema, placeSchema, saySchema } from "../call/command-schema.ts";
import { procedure, requestSignal, router } from "./trpc.ts";

export const callsRouter = router({
  place: procedure.input(placeSchema).mutation(({ ctx, input }) => ctx.calls.place(input)),

  get: procedure.input(callReferenceSchema).query(({ ctx, input }) => ctx.calls.get(input.callId)),

  list: procedure.query(({ ctx }) => ctx.calls.list()),

  say: procedure.input(saySchema).mutation(({ ctx, input, signal }) => ctx.calls.say(input, requestSignal(signal))),

  /** Held open until the caller has answered. A client that goes away ends its waiting, never the call. */
  ask: procedure.input(saySchema).mutation(({ ctx, input, signal }) => ctx.calls.ask(input, requestSignal(signal))),

  /** Waits for the answer to a question that was asked before; speaks nothing. */
  answer: procedure
    .input(answerSchema)
    .query(({ ctx, input, signal }) => ctx.calls.answer(input, requestSignal(signal))),

  sendDigits: procedure
    .input(digitsSchema)
    .mutation(({ ctx, input, signal }) => ctx.calls.sendDigits(input, requestSignal(signal))),

  hangUp: procedure.input(callReferenceSchema).mutation(({ ctx, input }) => ctx.calls.hangUp(input)),
});
