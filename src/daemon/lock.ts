// Who owns a state directory: the process that holds an exclusive lock of the operating system on a file in it.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** An exclusively locked SQLite file is a lock that every system has, and that dies with its process. */
export class DirectoryLock implements Disposable {
  readonly #file: DatabaseSync;

  private constructor(file: DatabaseSync) {
    this.#file = file;
  }

  /** Undefined when another process holds it. Throws when the directory cannot be written. */
  static take(stateDir: string): DirectoryLock | undefined {
    const file = new DatabaseSync(join(stateDir, "lock"));
    try {
      file.exec("pragma busy_timeout = 0; pragma journal_mode = memory; begin exclusive");
      return new DirectoryLock(file);
    } catch (error) {
      file.close();
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** SQLITE_BUSY (5) and SQLITE_LOCKED (6). */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return code === 5 || code === 6;
}
