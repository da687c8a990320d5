// A vitest reporter that closes the run with one plain line, `N passed, N failed`, for people and scripts to read.
import type { Reporter, TestModule } from "vitest/node";

/** A file that could not be loaded and an error outside every test count as failures. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === "passed").length;
    const failed = tests.filter((test) => test.result().state === "failed").length;
    const broken = modules.filter(broke).length + unhandledErrors.length;
    // After the reporters that print a summary of their own.
    process.once("exit", () => process.stdout.write(`${passed} passed, ${failed + broken} failed\n`));
  }
}

function broke(module: TestModule): boolean {
  return module.state() === "failed" && [...module.children.allTests("failed")].length === 0;
}
