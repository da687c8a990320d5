// Follows the log across connections and daemons: in order, each event once.
import type { StoredEvent } from "../call/event.ts";
import type { ConnectionOptions } from "./connection.ts";
import { stayConnected } from "./stay-connected.ts";
import type { Subscribe } from "./subscription.ts";

export interface EventQuery {
  callId?: string | undefined;
  since?: number | undefined;
  after?: number | undefined;
}

/** `id`: the position to resume after when all events of the batch are taken. */
interface EventBatch {
  id: string;
  data: StoredEvent[];
}

export async function* follow(
  options: ConnectionOptions,
  query: EventQuery,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  const { callId, since } = query;
  let { after } = query;
  const next = (): Subscribe<EventBatch> => {
    const position = after === undefined ? { since } : { after };
    return (client, handlers) => client.events.follow.subscribe({ callId, ...position }, handlers);
  };
  for await (const { id, data } of stayConnected(options, next, signal)) {
    yield* data;
    after = Number(id);
  }
}
