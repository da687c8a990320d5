// Callers that the owner let in by a spoken one-time code, and codes that wait for the owner; kept in one small file.
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { CallError } from "../../call/error.ts";
import type { PhoneNumber } from "../../call/phone-number.ts";
import type { Pairing, PairingDesk } from "../../router/context.ts";
import type { Clock, Log } from "../deps.ts";

const fileName = "pairings.json";
const codeLivesMs = 15 * 60_000;
/** Strangers can make codes by calling; more than these are not asked of the owner at once. */
const mostPending = 5;

const pairedSchema = z.strictObject({ number: z.string(), at: z.number() });
const pendingSchema = z.strictObject({ code: z.string(), number: z.string(), expiresAt: z.number() });
const fileSchema = z.strictObject({ paired: z.array(pairedSchema), pending: z.array(pendingSchema) });
type Book = z.output<typeof fileSchema>;

export interface PairingsOptions {
  stateDir: string;
  clock: Clock;
  log: Log;
}

export class Pairings implements PairingDesk {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #book: Book;
  #writing: Promise<void> = Promise.resolve();

  constructor({ stateDir, clock, log }: PairingsOptions) {
    this.#file = join(stateDir, fileName);
    this.#clock = clock;
    this.#log = log;
    this.#book = this.#read();
  }

  isPaired(number: PhoneNumber): boolean {
    return this.#book.paired.some((entry) => entry.number === number);
  }

  /** The code that this caller is told; the same one until it expires. Undefined when too many codes wait already. */
  async codeFor(number: PhoneNumber): Promise<string | undefined> {
    this.#expire();
    const known = this.#book.pending.find((entry) => entry.number === number);
    if (known !== undefined) return known.code;
    if (this.#book.pending.length >= mostPending) return undefined;
    const code = String(randomInt(1_000_000)).padStart(6, "0");
    this.#book.pending.push({ code, number, expiresAt: this.#clock.now() + codeLivesMs });
    await this.#write();
    return code;
  }

  list(): Pairing[] {
    this.#expire();
    return [
      ...this.#book.pending.map(({ code, number, expiresAt }) => ({
        state: "pending" as const,
        number,
        code,
        expiresAt,
      })),
      ...this.#book.paired.map(({ number, at }) => ({ state: "paired" as const, number, pairedAt: at })),
    ];
  }

  async settle({ code, allow }: { code: string; allow: boolean }): Promise<Pairing> {
    this.#expire();
    const found = this.#book.pending.find((entry) => entry.code === code.replace(/\D/g, ""));
    if (found === undefined) {
      throw new CallError("INVALID_INPUT", "no caller waits with this code", {
        hint: "codes live for 15 minutes; see which wait with `voicecall pair --list`",
      });
    }
    const { number } = found;
    this.#book.pending = this.#book.pending.filter((entry) => entry !== found);
    const at = this.#clock.now();
    if (allow) this.#book.paired = [...this.#book.paired.filter((entry) => entry.number !== number), { number, at }];
    await this.#write();
    return allow ? { state: "paired", number, pairedAt: at } : { state: "refused", number };
  }

  #expire(): void {
    const now = this.#clock.now();
    this.#book.pending = this.#book.pending.filter(({ expiresAt }) => expiresAt > now);
  }

  /** Atomic, one after the other; the promise settles when it is on disk. */
  #write(): Promise<void> {
    const text = `${JSON.stringify(this.#book)}\n`;
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        await writeFile(`${this.#file}.new`, text, { mode: 0o600 });
        await rename(`${this.#file}.new`, this.#file);
      });
    return this.#writing;
  }

  /** A file that cannot be read lets nobody in, and is told. */
  #read(): Book {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.#file, "utf8")));
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!missing)
        this.#log.error({ file: this.#file }, "the list of paired callers cannot be read; callers must pair again");
      return { paired: [], pending: [] };
    }
  }
}
