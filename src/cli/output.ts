// The only writer to stdout and stderr: results as text or JSON, notices, errors and the progress line.
import { calledAs } from "../call/command-name.ts";
import { CallError } from "../call/error.ts";
import type { CliContext } from "./context.ts";
import { duration } from "./format.ts";
import { type Paint, paintFor, printable } from "./paint.ts";

/** A value for scripts and a way to show it to people. */
export interface View {
  json: unknown;
  /** An empty text shows nothing. */
  text: (paint: Paint) => string;
}

export interface Progress extends Disposable {
  /** Shows another text from now on, and counts its seconds anew. */
  say(text: string): void;
}

const eraseLine = "\r\u001B[2K";

export class Output {
  readonly #context: CliContext;
  readonly #json: boolean;
  readonly #asText: boolean;
  #progress: { text: string; since: number } | undefined;

  /** `json`: the user asked for it; without a terminal the results are JSON anyway. */
  constructor(context: CliContext, json: boolean) {
    this.#context = context;
    this.#json = json;
    this.#asText = !json && context.stdout.isTTY === true;
  }

  /** Whether a person reads the results. */
  get forPeople(): boolean {
    return this.#asText;
  }

  /** One result, or one of a stream; settles when the reader has room for more. */
  async show({ json, text }: View): Promise<void> {
    const { stdout, env } = this.#context;
    const line = this.#asText ? this.#named(text(paintFor(stdout, env))) : JSON.stringify(json);
    if (line === "") return;
    await this.print(`${line}\n`);
  }

  /** A text that is a result as it is, like a completion script. */
  async print(text: string): Promise<void> {
    const { stdout } = this.#context;
    this.#erase();
    const room = stdout.write(text);
    this.#draw();
    if (!room) await new Promise<void>((resolve) => stdout.once("drain", resolve));
  }

  notice(text: string): void {
    this.#erase();
    this.#context.stderr.write(`${this.#named(text)}\n`);
    this.#draw();
  }

  fail(error: unknown): void {
    const { stderr, env } = this.#context;
    const { code, ...told } = shapeOf(error);
    const message = this.#named(told.message);
    const hint = told.hint === undefined ? undefined : this.#named(told.hint);
    this.#erase();
    if (this.#json) {
      stderr.write(`${JSON.stringify({ error: { code, message, ...(hint !== undefined && { hint }) } })}\n`);
      return;
    }
    const paint = paintFor(stderr, env);
    stderr.write(`${paint("red", "error:")} ${lines(message)}\n`);
    if (hint !== undefined) stderr.write(`${paint("dim", `  ${lines(hint)}`)}\n`);
  }

  /** Shows one lively line on a terminal while something is waited for; erased when disposed. */
  progress(text: string): Progress {
    if (!this.#asText || this.#context.stderr.isTTY !== true)
      return { say: () => undefined, [Symbol.dispose]: () => undefined };
    const say = (next: string): void => {
      this.#erase();
      this.#progress = { text: next, since: this.#context.now() };
      this.#draw();
    };
    say(text);
    const redraw = setInterval(() => this.#draw(), 1000);
    return {
      say,
      [Symbol.dispose]: () => {
        clearInterval(redraw);
        this.#erase();
        this.#progress = undefined;
      },
    };
  }

  /** With the commands as this person calls them. */
  #named(text: string): string {
    const { name } = this.#context;
    return name === undefined ? text : calledAs(name, text);
  }

  #draw(): void {
    if (this.#progress === undefined) return;
    const { stderr, env, now } = this.#context;
    const { text, since } = this.#progress;
    stderr.write(`${eraseLine}${paintFor(stderr, env)("dim", `… ${text} (${duration(now() - since)})`)}`);
  }

  #erase(): void {
    if (this.#progress !== undefined) this.#context.stderr.write(eraseLine);
  }
}

/** Control characters go, line breaks stay, indented. */
function lines(text: string): string {
  return text.split("\n").map(printable).join("\n  ");
}

function shapeOf(error: unknown): { code: string; message: string; hint?: string | undefined } {
  if (error instanceof CallError) {
    const { code, message, hint, carrierCode } = error;
    const named = carrierCode === undefined || message.includes(carrierCode);
    return { code, message: named ? message : `${message} (carrier error ${carrierCode})`, hint };
  }
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
