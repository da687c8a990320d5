// Ctrl-C as a signal for the command that waits; a second one ends the program as usual.
import type { CliContext } from "./context.ts";

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

export function interruptOf(context: CliContext): Interrupt {
  const controller = new AbortController();
  const listening = context.onInterrupt(() => controller.abort());
  return { signal: controller.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
