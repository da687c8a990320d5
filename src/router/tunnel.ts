// Procedures on the tunnel through which carriers reach this machine.
import * as z from "zod";
import { procedure, router } from "./trpc.ts";

export const tunnelRouter = router({
  status: procedure.query(({ ctx }) => ctx.tunnels.status()),

  open: procedure
    .input(
      z.strictObject({
        mode: z.enum(["serve", "funnel"]),
        path: z
          .string()
          .regex(/^\/[^\s?#]*$/, "is not a path that begins with `/`")
          .optional(),
        port: z.int().min(1).max(65_535).optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.tunnels.open(input)),

  close: procedure.mutation(({ ctx }) => ctx.tunnels.close()),
});
