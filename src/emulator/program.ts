// What an emulator offers so that main.ts can run it as a program of its own.
import type { Route } from "./route.ts";

export interface Program {
  readonly help: string;
  /** Options with a value of this program alone, without dashes. */
  readonly options: readonly string[];
  start(settings: ProgramSettings): Promise<RunningProgram>;
}

/** The options of the command line, checked. */
export interface ProgramSettings {
  /** 0 takes a free port. */
  readonly port: number;
  readonly scale: number;
  readonly seed: string;
  readonly routes: readonly Route[];
  /** The callee repeats what it hears. */
  readonly echo: boolean;
  /** The value of one of the program's own options. */
  readonly own: (option: string) => string | undefined;
  /** Tells the person at the terminal something in one line. */
  readonly tell: (line: string) => void;
}

export interface RunningProgram extends AsyncDisposable {
  /** What is printed at the start, as one line of JSON. */
  readonly ready: Readonly<Record<string, string>>;
}
