// Lines of the daemon's log in words.
import { clockTime } from "./format.ts";
import { type Paint, printable } from "./paint.ts";

const levels: Record<number, readonly ["dim" | "cyan" | "yellow" | "red", string]> = {
  10: ["dim", "trace"],
  20: ["dim", "debug"],
  30: ["cyan", "note"],
  40: ["yellow", "warn"],
  50: ["red", "error"],
  60: ["red", "fatal"],
};

/** What scripts get: the line's own object, or its text in one when it is not JSON. */
export function logJson(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : { msg: line };
  } catch {
    return { msg: line };
  }
}

export function logText(line: string, paint: Paint): string {
  const { level, time, msg, pid: _pid, ...rest } = { ...logJson(line) } as Record<string, unknown>;
  const at = typeof time === "string" || typeof time === "number" ? new Date(time).getTime() : Number.NaN;
  const [style, name] = levels[Number(level)] ?? (["dim", ""] as const);
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [
    paint("dim", Number.isNaN(at) ? "        " : clockTime(at)),
    paint(style, name.padEnd(5)),
    printable(typeof msg === "string" ? msg : ""),
    paint("dim", printable(fields.join(" "))),
  ]
    .filter((part) => part !== "")
    .join("  ")
    .trimEnd();
}
