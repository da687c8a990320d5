// Procedures on the daemon itself.
import * as z from "zod";
import { procedure, requestSignal, router } from "./trpc.ts";

export const systemRouter = router({
  /** Clients of every version ask this one to see who answers: it keeps its name and its `pid`. */
  health: procedure.query(({ ctx }) => ctx.system.health()),

  config: procedure.query(({ ctx }) => ctx.system.config()),

  reload: procedure.mutation(({ ctx }) => ctx.system.reload()),

  /** From the Gateway, which alone can resolve all of it. Secrets in it are neither stored nor logged. */
  configure: procedure
    .input(
      z.strictObject({
        config: z.record(z.string(), z.unknown()),
        /** OpenClaw's voice settings in general, which ours are laid over. */
        hostTts: z.record(z.string(), z.unknown()).optional(),
        configFile: z.string().min(1).max(4096).optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.system.configure(input)),

  drain: procedure.mutation(({ ctx, signal }) => ctx.system.drain(requestSignal(signal))),

  shutdown: procedure
    .input(z.strictObject({ force: z.boolean().default(false) }).default({ force: false }))
    .mutation(({ ctx, input }) => ctx.system.shutdown(input)),

  /** May take some seconds: the carrier and the public URL are asked. */
  check: procedure.query(({ ctx, signal }) => ctx.system.check(requestSignal(signal))),

  latency: procedure
    .input(z.strictObject({ last: z.int().min(1).max(1_000_000).default(200) }).default({ last: 200 }))
    .query(({ ctx, input }) => ctx.system.latency(input)),
});
