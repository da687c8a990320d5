// What the host pays for the plugin in every process that it loads it in.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const entryUrl = new URL("../../src/plugin/index.ts", import.meta.url).href;

/** Runs in a process of its own, as the host does: `require` of an ES module refuses one that waits at its top. */
const program = `
  const { createRequire, registerHooks } = process.getBuiltinModule("node:module");
  const seen = [];
  registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.push(found.url); return found; } });
  const { default: plugin } = createRequire(import.meta.url)(${JSON.stringify(fileURLToPath(entryUrl))});
  const ignore = () => undefined;
  plugin.register({
    registrationMode: "full",
    logger: {},
    registerTool: ignore, registerGatewayMethod: ignore, registerService: ignore, registerReload: ignore, registerCli: ignore,
  });
  process.stdout.write(JSON.stringify(seen));
`;

test("loading and registering brings in neither client, command line, responder nor any package", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  const loaded: string[] = JSON.parse(stdout);
  expect(loaded).toContain(entryUrl);
  const dear = /\/node_modules\/|src\/(client|cli|router|daemon)\/|src\/plugin\/(agent|notes|shift)|^openclaw/;
  expect(loaded.filter((name) => dear.test(name))).toEqual([]);
});
