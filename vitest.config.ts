// Three kinds of tests: unit (fast, in process), flows (a real daemon from dist/) and slow (long or heavy runs).
import { readFileSync } from "node:fs";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

function project(
  name: string,
  test: { include: string[]; exclude?: string[]; testTimeout: number },
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, hookTimeout: test.testTimeout, ...test } };
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    reporters: ["default", "./scripts/count-reporter.ts"],
    setupFiles: ["test/support/console-guard.ts"],
    sequence: { shuffle: true },
    // Most tests wait for a daemon or an emulator, not for a core.
    maxWorkers: 3,
    restoreMocks: true,
    projects: [
      project("unit", { include: ["test/**/*.test.ts"], exclude: ["test/{flows,slow}/**"], testTimeout: 15_000 }),
      project("flows", { include: ["test/flows/**/*.test.ts"], testTimeout: 30_000 }),
      project("slow", { include: ["test/slow/**/*.test.ts"], testTimeout: 120_000 }),
    ],
  },
});
