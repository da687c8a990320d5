// The subscription to what happens: resumable by position, in batches, at the reader's pace.
import { tracked } from "@trpc/server";
import * as z from "zod";
import type { StoredEvent } from "../call/event.ts";
import { procedure, requestSignal, router } from "./trpc.ts";

const congestedBytes = 256 * 1024;
const position = z.int().min(0);

const followSchema = z
  .strictObject({
    callId: z.string().min(1).max(400).optional(),
    since: position.optional(),
    after: position.optional(),
    /** Put in by tRPC's own clients when they reconnect: the id of the last batch. */
    lastEventId: z
      .string()
      .regex(/^\d{1,15}$/, "not an id of a batch")
      .optional(),
  })
  .default({});

export const eventsRouter = router({
  /** Each batch's id is the position to resume after; an empty first batch says where a reader of new events begins. */
  follow: procedure.input(followSchema).subscription(async function* ({ ctx, input, signal }) {
    const { since, lastEventId } = input;
    // The carrier's id of a call is as good as ours.
    const callId = input.callId === undefined ? undefined : (ctx.calls.get(input.callId)?.callId ?? input.callId);
    const { lastSeq } = ctx.system.health();
    const after = lastEventId === undefined ? input.after : Number(lastEventId);
    const start = after ?? (since === undefined ? lastSeq : undefined);
    const empty: StoredEvent[] = [];
    if (start !== undefined) yield tracked(String(Math.min(start, lastSeq)), empty);

    const congested = (): boolean => ctx.buffered() > congestedBytes;
    for await (const events of ctx.feed.follow({ callId, since, after: start, congested }, requestSignal(signal))) {
      const last = events.at(-1);
      if (last !== undefined) yield tracked(String(last.seq), events);
    }
  }),
});
