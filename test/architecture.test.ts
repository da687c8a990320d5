// Holds the sources to the design: who imports whom, names, budgets; and shows that each rule can fail.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  bannedNames,
  forbiddenDirections,
  forbiddenInsideDaemon,
  importCycles,
  overlongFiles,
  withoutOpeningComment,
} from "./support/architecture-rules.ts";
import { readSources, sourceFile, type SourceFile } from "./support/source-tree.ts";

const src = readSources(["src"]);
const everything = [...src, ...readSources(["test", "scripts", "bench", "examples"])];

test("the sources are found", () => {
  expect(src.length).toBeGreaterThan(50);
  expect(src.flatMap((file) => file.imports).length).toBeGreaterThan(100);
});

test("folders import only whom they may", () => {
  expect(forbiddenDirections(src)).toEqual([]);
});

test("carriers stand alone, calls see interfaces only", () => {
  expect(forbiddenInsideDaemon(src)).toEqual([]);
});

test("nothing imports in a circle", () => {
  expect(importCycles(everything)).toEqual([]);
});

test("no file is over its budget", () => {
  expect(overlongFiles(everything)).toEqual([]);
});

test("no path and no exported name has a word that says nothing", () => {
  expect(bannedNames(everything)).toEqual([]);
});

test("every file but a test starts by saying what lives there", () => {
  expect(withoutOpeningComment(everything.filter(({ path }) => !path.endsWith(".test.ts")))).toEqual([]);
});

test("what is published brings no dependencies", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Record<
    string,
    unknown
  >;
  expect({ dependencies, peerDependencies }).toEqual({});
});

const forbidden: [string, string][] = [
  ["src/call/fold.ts", `import { readFileSync } from "node:fs";`],
  ["src/call/fold.ts", `import type { Clock } from "../daemon/deps.ts";`],
  ["src/router/app.ts", `import type { Config } from "../daemon/config/schema.ts";`],
  ["src/router/app.ts", `import { createTRPCClient } from "@trpc/client";`],
  ["src/client/connect.ts", `import { appRouter } from "../router/app.ts";`],
  ["src/client/connect.ts", `import { initTRPC } from "@trpc/server";`],
  ["src/client/connect.ts", `const { start } = await import("../daemon/start.ts");`],
  ["src/cli/main.ts", `export { appRouter } from "../router/app.ts";`],
  ["src/cli/main.ts", `import { z } from "zod";`],
  ["src/daemon/start.ts", `import {\n  connect,\n} from "../client/connect.ts";`],
  ["src/daemon/start.ts", `import "../emulator/main.ts";`],
  ["src/emulator/main.ts", `import { newId } from "../call/ids.ts";`],
  ["src/plugin/service.ts", `import { startDaemon } from "../daemon/start.ts";`],
  ["src/plugin/tool.ts", `const { runCli } = await import("../cli/program.ts");`],
  ["src/plugin/fields.ts", `import { z } from "zod";`],
  ["src/plugin/index.ts", `import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";`],
  ["src/newcomer/main.ts", `import { newId } from "../call/ids.ts";`],
];

test.for(forbidden)("%s may not have: %s", ([path, text]) => {
  expect(forbiddenDirections([sourceFile(path, text)])).toHaveLength(1);
});

test.for([
  ["src/client/connect.ts", `import type { AppRouter } from "../router/app.ts";`],
  ["src/client/connect.ts", `import { createTRPCClient } from "@trpc/client";`],
  ["src/client/link.ts", `import { observable } from "@trpc/server/observable";`],
  ["src/plugin/cli.ts", `const { runCli } = await import("../cli/program.ts");`],
  ["src/plugin/shift.ts", `import { connect } from "../client/connect.ts";`],
  ["src/daemon/start.ts", `import { appRouter } from "../router/app.ts";\nimport { z } from "zod";`],
] as const)("%s may have: %s", ([path, text]) => {
  expect(forbiddenDirections([sourceFile(path, text)])).toEqual([]);
});

test.for([
  ["src/daemon/carriers/twilio/rest.ts", `import { x } from "../mock/index.ts";`],
  ["src/daemon/carriers/twilio/rest.ts", `import { x } from "../../calls/actor.ts";`],
  ["src/daemon/carriers/twilio/rest.ts", `import { x } from "../../store/event-store.ts";`],
  ["src/daemon/carriers/twilio/rest.ts", `import type { x } from "../../../router/context.ts";`],
  ["src/daemon/calls/actor.ts", `import { x } from "../carriers/twilio/rest.ts";`],
  ["src/daemon/calls/actor.ts", `import { x } from "../carriers/registry.ts";`],
  ["src/daemon/calls/actor.ts", `import { x } from "../store/writer.ts";`],
] as const)("%s may not have inside the daemon: %s", ([path, text]) => {
  expect(forbiddenInsideDaemon([sourceFile(path, text)])).toHaveLength(1);
});

test("a circle, a long file, an empty word and a missing opening are seen", () => {
  const circle: SourceFile[] = [
    sourceFile("src/call/a.ts", `import { b } from "./b.ts";`),
    sourceFile("src/call/b.ts", `import { a } from "./a.ts";`),
  ];
  expect(importCycles(circle)).toEqual(["src/call/a.ts -> src/call/b.ts -> src/call/a.ts"]);
  const long = sourceFile(
    "src/call/session-manager.ts",
    "/* a\n b */\n// c\n\n" + "export class DataBag {}\n".repeat(301),
  );
  expect(overlongFiles([long])).toEqual(["src/call/session-manager.ts: 301 lines"]);
  expect(overlongFiles([{ ...long, text: long.text.replace("export class DataBag {}\n", "\n") }])).toEqual([]);
  expect(bannedNames([long])).toContain("src/call/session-manager.ts");
  expect(bannedNames([long])).toContain("src/call/session-manager.ts: DataBag");
  expect(withoutOpeningComment([sourceFile("src/call/a.ts", "export const a = 1;")])).toEqual(["src/call/a.ts"]);
});
