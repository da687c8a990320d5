// What importing the client loads: every command pays for it.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const connectUrl = new URL("../../src/client/connect.ts", import.meta.url).href;

/** Runs in a process of its own: prints the modules that were resolved and the built-in ones that were loaded. */
const program = `
  const { registerHooks } = process.getBuiltinModule("node:module");
  const seen = [];
  registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.push(found.url); return found; } });
  await import(${JSON.stringify(connectUrl)});
  process.getBuiltinModule("node:http");
  process.stdout.write(JSON.stringify([...seen, ...process.moduleLoadList]));
`;

test("the client loads neither undici, zod, ws, JSON5, the server nor a way to start processes", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  const loaded: string[] = JSON.parse(stdout);
  expect(loaded).toContain(connectUrl);
  expect(loaded.filter((name) => /@trpc\/client/.test(name))).not.toEqual([]);
  const costly = /undici|\/node_modules\/(zod|ws|json5)\/|src\/(router|daemon)\/|event-socket|start-daemon/;
  expect(loaded.filter((name) => costly.test(name))).toEqual([]);
});
