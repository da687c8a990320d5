// What a client must know before it can speak to a daemon: the record that the daemon leaves in its state directory.

/** Raised when a client of the old version could not work with a daemon of the new one, or the other way round. */
export const protocolVersion = 1;

/** Name of the record's file (0600) in the state directory. */
export const daemonRecordFile = "daemon.json";

export interface DaemonRecord {
  pid: number;
  /** `http://127.0.0.1:<port>` of the control listener. */
  url: string;
  /** 64 hex digits, new at each start; goes into the `Authorization` header and nowhere else. */
  token: string;
  version: string;
  protocol: number;
  /** The configuration that it goes by. */
  configFile?: string;
  /** Epoch ms. */
  startedAt: number;
}

/** One JSON line on file descriptor 3 of a starting daemon. */
export type StartReport =
  | { ready: { pid: number; url: string } }
  | { held: true }
  | { failed: { code: string; message: string; hint?: string } };
