// A test that prints fails: what the code says goes through its log or its output, never through the console.
import { afterEach, beforeEach } from "vitest";

const printed: string[] = [];

for (const method of ["debug", "error", "info", "log", "trace", "warn"] as const) {
  console[method] = (...words: unknown[]) => void printed.push(`console.${method}: ${words.join(" ")}`);
}

beforeEach(() => void printed.splice(0));

afterEach(() => {
  if (printed.length > 0) throw new Error(`The test printed:\n${printed.splice(0).join("\n")}`);
});
