// The whole router: the product's control API.
import { callsRouter } from "./calls.ts";
import { eventsRouter } from "./events.ts";
import { mockRouter } from "./mock.ts";
import { pairingRouter } from "./pairing.ts";
import { systemRouter } from "./system.ts";
import { router } from "./trpc.ts";
import { tunnelRouter } from "./tunnel.ts";
import { turnsRouter } from "./turns.ts";

export const appRouter = router({
  calls: callsRouter,
  events: eventsRouter,
  mock: mockRouter,
  turns: turnsRouter,
  pairing: pairingRouter,
  tunnel: tunnelRouter,
  system: systemRouter,
});

export type AppRouter = typeof appRouter;
