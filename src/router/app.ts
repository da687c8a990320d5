// The whole router: the product's control API.
import { callsRouter } from "./calls.ts";
import { eventsRouter } from "./events.ts";
import { mockRouter } from "./mock.ts";
import { systemRouter } from "./system.ts";
import { router } from "./trpc.ts";

export const appRouter = router({
  calls: callsRouter,
  events: eventsRouter,
  mock: mockRouter,
  system: systemRouter,
});

export type AppRouter = typeof appRouter;
