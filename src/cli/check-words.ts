// What the checks found, in words: a line for each, the way out below it, and what to paste where.
import type { Check } from "../client/index.ts";
import { count } from "./format.ts";
import { type Paint, printable } from "./paint.ts";

const marks = {
  ok: { sign: "✔", style: "green" },
  warning: { sign: "⚠", style: "yellow" },
  failed: { sign: "✘", style: "red" },
  skipped: { sign: "–", style: "dim" },
} as const;

export function allRight(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== "failed");
}

export function checksText(checks: readonly Check[], paint: Paint): string {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, message, hint }) => {
    const { sign, style } = marks[status];
    const words = `${printable(name).padEnd(width)}  ${printable(message)}`;
    const line = `${paint(style, sign)} ${status === "skipped" ? paint("dim", words) : words}`;
    return hint === undefined ? [line] : [line, `  ${"".padEnd(width)}  ${paint("cyan", `→ ${printable(hint)}`)}`];
  });
  const pasting = pasteText(checks, paint);
  return [...lines, ...(pasting === "" ? [] : ["", pasting]), "", verdict(checks, paint)].join("\n");
}

/** Empty when nothing is to be pasted anywhere. */
export function pasteText(checks: readonly Check[], paint: Paint): string {
  const entries = checks.flatMap(({ paste = [] }) => paste);
  if (entries.length === 0) return "";
  const lines = entries.flatMap(({ where, value }) => [`  ${printable(where)}`, `    ${printable(value)}`]);
  return [paint("bold", "To be called, paste:"), ...lines].join("\n");
}

function verdict(checks: readonly Check[], paint: Paint): string {
  const failed = checks.filter(({ status }) => status === "failed").length;
  const warnings = checks.filter(({ status }) => status === "warning").length;
  if (failed > 0) return paint("red", `Not ready: ${count(failed, "thing")} to put right.`);
  return warnings > 0 ? `Ready, with ${count(warnings, "warning")}.` : paint("green", "Ready.");
}
