// Follows the log across connections and daemons: in order, each event once.
import { setTimeout as sleep } from "node:timers/promises";
import { CallError } from "../call/error.ts";
import type { StoredEvent } from "../call/event.ts";
import { type DaemonRecord, protocolVersion } from "../call/protocol.ts";
import type { ConnectionOptions } from "./connection.ts";
import { callErrorFrom } from "./errors.ts";
import { eventBatches, type EventQuery } from "./event-socket.ts";
import { findDaemon } from "./find.ts";
import { readRecord } from "./record.ts";

const firstWaitMs = 100;
const longestWaitMs = 2000;

/** Waits for a daemon as long as none runs; one that died without a clean stop is started again. */
export async function* follow(
  options: ConnectionOptions,
  query: EventQuery,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  const { callId, since } = query;
  let { after } = query;
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    const record = await nextDaemon(options, signal);
    try {
      const position = after === undefined ? { since } : { after };
      const batches = record === undefined ? [] : eventBatches(record, { callId, ...position }, signal);
      for await (const { id, data } of batches) {
        waitMs = firstWaitMs;
        yield* data;
        after = Number(id);
      }
    } catch (error) {
      const refusal = callErrorFrom(error);
      if (!refusal.retryable) throw refusal;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}

/** Undefined while there is none to speak to. A record without a daemon is one that nobody took away: it died. */
async function nextDaemon(options: ConnectionOptions, signal: AbortSignal): Promise<DaemonRecord | undefined> {
  const record = await findDaemon(options.stateDir);
  if (record !== undefined) return sameProtocol(record);
  const died = readRecord(options.stateDir) !== undefined;
  return died && options.autoStart ? startAgain(options, signal) : undefined;
}

function sameProtocol(record: DaemonRecord): DaemonRecord {
  if (record.protocol === protocolVersion) return record;
  throw new CallError(
    "VERSION_MISMATCH",
    `the daemon now is version ${record.version}, which this client cannot follow`,
    {
      hint: "run the command again",
    },
  );
}

async function startAgain(options: ConnectionOptions, signal: AbortSignal): Promise<DaemonRecord | undefined> {
  try {
    options.onNotice?.("the daemon is gone without a clean stop; starting it again");
    const { startDaemon } = await import("./start-daemon.ts");
    return await startDaemon({ ...options, signal });
  } catch (error) {
    const { message, hint } = callErrorFrom(error);
    options.onNotice?.(hint === undefined ? message : `${message}; ${hint}`);
    return undefined;
  }
}
