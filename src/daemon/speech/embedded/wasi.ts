// The little of a system that the embedded voice needs: its arguments, a clock that stands still, one file in memory.

const success = 0;
const badFile = 8;
const invalid = 28;
/** Open from the start: the folder in which the program creates its file. */
const folder = 3;
const file = 4;
/** What `fd_fdstat_get` calls the standard streams, the folder and the file. */
const kinds: Record<number, number> = { 0: 2, 1: 2, 2: 2, [folder]: 3, [file]: 4 };
/** A program that writes more than this has gone wrong: ten minutes of 8 kHz audio. */
const maxFileBytes = 10_000_000;

/** The only way out of a program's `_start`. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the program ended with code ${code}`);
    this.code = code;
  }
}

type Given = (number | bigint)[];

/** One run of one program. */
export class Wasi {
  readonly #args: Uint8Array[];
  #memory: WebAssembly.Memory | undefined;
  #file = new Uint8Array(65_536);
  #length = 0;
  #position = 0;

  constructor(args: string[]) {
    this.#args = args.map((arg) => new TextEncoder().encode(`${arg.replaceAll("\0", "")}\0`));
  }

  /**
   * Gives back the file that the program wrote.
   * @throws what the program traps with, or when it says that it failed
   */
  run(module: WebAssembly.Module): Uint8Array {
    const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: this.#calls() });
    const { memory, _start: start } = exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof start !== "function") throw new Error("no WASI program");
    this.#memory = memory;
    try {
      start();
    } catch (error) {
      if (!(error instanceof Exit) || error.code !== 0) throw error;
    }
    return this.#file.subarray(0, this.#length);
  }

  #calls(): Record<string, (...given: Given) => number> {
    const numbers =
      (call: (...given: number[]) => number) =>
      (...given: Given): number =>
        call(...given.map(Number));
    return {
      args_sizes_get: numbers((count = 0, bytes = 0) => {
        this.#set(count, this.#args.length);
        return this.#set(bytes, Buffer.concat(this.#args).length);
      }),
      args_get: numbers((pointers = 0, bytes = 0) => this.#giveArgs(pointers, bytes)),
      clock_time_get: numbers((_id, _precision, time = 0) => this.#setLong(time, 0)),
      fd_close: numbers((fd = -1) => (fd in kinds ? success : badFile)),
      fd_fdstat_get: numbers((fd = -1, stat = 0) => this.#describe(fd, stat)),
      fd_fdstat_set_flags: numbers(() => success),
      fd_prestat_get: numbers((fd, stat = 0) => {
        if (fd !== folder) return badFile;
        this.#set(stat, 0);
        return this.#set(stat + 4, 1);
      }),
      fd_prestat_dir_name: numbers((_fd, name = 0) => {
        this.#view().setUint8(name, ".".charCodeAt(0));
        return success;
      }),
      fd_read: numbers((...[, , , read = 0]) => this.#set(read, 0)),
      fd_seek: numbers((...[fd, offset = 0, whence, place = 0]) => {
        if (fd !== file) return badFile;
        return this.#seek(offset, whence) ? this.#setLong(place, this.#position) : invalid;
      }),
      fd_write: numbers((...[fd, vectors = 0, count = 0, written = 0]) => {
        const pieces = this.#pieces(vectors, count);
        if (fd === file) for (const piece of pieces) this.#write(piece);
        return this.#set(written, Buffer.concat(pieces).length);
      }),
      path_open: numbers((...given) => this.#set(given[8] ?? 0, file)),
      proc_exit: numbers((code = 0) => {
        throw new Exit(code);
      }),
    };
  }

  #giveArgs(pointers: number, bytes: number): number {
    let at = bytes;
    for (const [index, arg] of this.#args.entries()) {
      this.#set(pointers + index * 4, at);
      this.#bytes(at, arg.length).set(arg);
      at += arg.length;
    }
    return success;
  }

  #describe(fd: number, stat: number): number {
    const kind = kinds[fd];
    if (kind === undefined) return badFile;
    this.#bytes(stat, 24).fill(0);
    this.#view().setUint8(stat, kind);
    // Every right, for the file and for what is opened in the folder.
    this.#bytes(stat + 8, 16).fill(0xff);
    return success;
  }

  #seek(offset: number, whence: number | undefined): boolean {
    const origin = [0, this.#position, this.#length][whence ?? -1];
    if (origin === undefined || origin + offset < 0) return false;
    this.#position = origin + offset;
    return true;
  }

  #write(piece: Uint8Array): void {
    const end = this.#position + piece.length;
    if (end > maxFileBytes) throw new Error("the program writes without end");
    if (end > this.#file.length) {
      const larger = new Uint8Array(Math.max(end, this.#file.length * 2));
      larger.set(this.#file.subarray(0, this.#length));
      this.#file = larger;
    }
    this.#file.set(piece, this.#position);
    this.#position = end;
    this.#length = Math.max(this.#length, end);
  }

  #pieces(vectors: number, count: number): Uint8Array[] {
    const view = this.#view();
    return Array.from({ length: count }, (_, index) => {
      const at = vectors + index * 8;
      return this.#bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
    });
  }

  #set(at: number, value: number): number {
    this.#view().setUint32(at, value, true);
    return success;
  }

  #setLong(at: number, value: number): number {
    this.#view().setBigUint64(at, BigInt(value), true);
    return success;
  }

  /** Made anew each time: the buffer of a memory that grows is another one. */
  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at, length);
  }

  #buffer(): ArrayBuffer {
    if (this.#memory === undefined) throw new Error("the program has no memory yet");
    return this.#memory.buffer;
  }
}
