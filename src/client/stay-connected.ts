// Keeps a subscription up over lost connections and new daemons.
import { setTimeout as sleep } from "node:timers/promises";
import { CallError } from "../call/error.ts";
import { type DaemonRecord, protocolVersion } from "../call/protocol.ts";
import type { ConnectionOptions } from "./connection.ts";
import { callErrorFrom } from "./errors.ts";
import { findDaemon } from "./find.ts";
import { readRecord } from "./record.ts";
import { type Subscribe, subscription } from "./subscription.ts";

const firstWaitMs = 100;
const longestWaitMs = 2000;

/**
 * Batches of one subscription after the other; `next` makes each anew, so that it can resume where the last one ended.
 * Waits for a daemon as long as none runs; one that died without a clean stop is started again.
 */
export async function* stayConnected<T>(
  options: ConnectionOptions,
  next: () => Subscribe<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    const record = await nextDaemon(options, signal);
    if (record !== undefined) await options.greet?.(record);
    try {
      for await (const batch of record === undefined ? [] : subscription(record, next(), signal)) {
        waitMs = firstWaitMs;
        yield batch;
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
