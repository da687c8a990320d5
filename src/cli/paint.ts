// Colour for terminals, under the rules of NO_COLOR and FORCE_COLOR, and text that cannot command a terminal.
import { styleText } from "node:util";
import type { CliContext, Sink } from "./context.ts";

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "magenta";

/** Wraps a text in a style, or returns it as it is. */
export type Paint = (style: Style, text: string) => string;

export function hasColour(sink: Sink, env: CliContext["env"]): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  const refused = env["NO_COLOR"];
  if (refused !== undefined && refused !== "") return false;
  return sink.isTTY === true && env["TERM"] !== "dumb";
}

/** Always styles; for texts that are stripped later where there is no colour. */
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

export function paintFor(sink: Sink, env: CliContext["env"]): Paint {
  return hasColour(sink, env) ? coloured : (_style, text) => text;
}

/** Without control characters and changes of direction: what a caller said must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\s*[\p{Cc}\u202A-\u202E\u2066-\u2069][\s\p{Cc}]*/gu, " ").trim();
}
