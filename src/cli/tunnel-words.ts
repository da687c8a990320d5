// The tunnel in one line, with what is wrong about it.
import type { TunnelStatus } from "../client/index.ts";
import { type Paint, printable } from "./paint.ts";

export function tunnelText({ kind, state, url, problem }: TunnelStatus, paint: Paint): string {
  if (kind === "none") return "none";
  const text = url === undefined ? `${kind}, ${state}` : `${kind}, ${state}: ${paint("bold", printable(url))}`;
  const shown = state === "failed" ? paint("red", text) : text;
  return problem === undefined ? shown : `${shown} (${paint("red", printable(problem.message))})`;
}
