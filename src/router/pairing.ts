// Procedures for the owner of the line: which callers wait with a code, and whether they may call in.
import * as z from "zod";
import { procedure, router } from "./trpc.ts";

export const pairingRouter = router({
  list: procedure.query(({ ctx }) => ctx.pairing.list()),

  settle: procedure
    .input(z.strictObject({ code: z.string().min(1).max(32), allow: z.boolean().default(true) }))
    .mutation(({ ctx, input }) => ctx.pairing.settle(input)),
});
