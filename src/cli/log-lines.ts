// Reads the daemon's log: its last lines, then new ones, over rotation.
import { type FileHandle, open, stat } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";

const blockBytes = 65_536;
const lookEveryMs = 200;

export interface LogQuery {
  file: string;
  /** How many past lines to begin with. */
  last: number;
  /** Goes on with new lines until this signal; without it the past ones are all. */
  follow?: AbortSignal;
}

/** Yields nothing when there is no file, or waits for one when following. */
export async function* logLines({ file, last, follow }: LogQuery): AsyncGenerator<string> {
  let reader = await LogReader.open(file);
  try {
    if (reader !== undefined) {
      await reader.seekToLast(last);
      yield* reader.lines();
    }
    while (goesOn(follow)) {
      await sleep(lookEveryMs, undefined, { signal: follow }).catch(() => undefined);
      // The old file is read to its end before the new one is opened.
      if (reader !== undefined) yield* reader.lines();
      if (reader !== undefined && (await reader.isStill(file))) continue;
      await reader?.close();
      reader = await LogReader.open(file);
      if (reader !== undefined) yield* reader.lines();
    }
  } finally {
    await reader?.close();
  }
}

function goesOn(signal: AbortSignal | undefined): signal is AbortSignal {
  return signal?.aborted === false;
}

class LogReader {
  readonly #handle: FileHandle;
  readonly #decoder = new StringDecoder("utf8");
  #position = 0;
  #rest = "";

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(file: string): Promise<LogReader | undefined> {
    try {
      return new LogReader(await open(file, "r"));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Places the reader before the last n lines, reading backwards in blocks. */
  async seekToLast(last: number): Promise<void> {
    const { size } = await this.#handle.stat();
    let start = size;
    let breaks = 0;
    while (start > 0) {
      const length = Math.min(blockBytes, start);
      const { buffer } = await this.#handle.read(Buffer.alloc(length), 0, length, start - length);
      for (let at = buffer.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : buffer.lastIndexOf(10, at - 1)) {
        const position = start - length + at;
        // The last line's own break does not begin another line.
        if (position !== size - 1 && ++breaks === last) return void (this.#position = position + 1);
      }
      start -= length;
    }
  }

  /** Whole lines up to the present end. */
  async *lines(): AsyncGenerator<string> {
    const block = Buffer.alloc(blockBytes);
    for (;;) {
      const { bytesRead } = await this.#handle.read(block, 0, blockBytes, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const lines = (this.#rest + this.#decoder.write(block.subarray(0, bytesRead))).split("\n");
      this.#rest = lines.pop() ?? "";
      yield* lines.filter((line) => line !== "");
    }
  }

  /** Whether the file of this name is the one being read, and has not been cut short. */
  async isStill(file: string): Promise<boolean> {
    try {
      const [own, named] = await Promise.all([this.#handle.stat(), stat(file)]);
      return own.ino === named.ino && own.dev === named.dev && named.size >= this.#position;
    } catch {
      return false;
    }
  }
}
