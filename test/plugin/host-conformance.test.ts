// Our idea of the host's API against its real declarations, where the host is installed: the host suite runs this with VOICE_CALL_HOST.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "../..");
const host = join(process.env["VOICE_CALL_HOST"] ?? "", "openclaw/node_modules/openclaw");
const isThere = existsSync(join(host, "dist/plugin-sdk/plugin-entry.d.ts"));

const imports = `
  import type { OpenClawPluginApi, OpenClawPluginDefinition, OpenClawPluginServiceContext, OpenClawPluginToolContext } from "openclaw/plugin-sdk/plugin-entry";
  import type { GatewayRequestHandlerOptions } from "openclaw/plugin-sdk/gateway-runtime";
  import * as gateway from "openclaw/plugin-sdk/gateway-runtime";
  import type { GatewayRequest, GatewayRuntime, HostApi, ServiceContext, ToolContext } from "${repository}/src/plugin/host.ts";
  import plugin from "${repository}/src/plugin/index.ts";
  declare const api: OpenClawPluginApi;
  declare const service: OpenClawPluginServiceContext;
  declare const tool: OpenClawPluginToolContext;
  declare const request: GatewayRequestHandlerOptions;
`;

const fits = `
  export const all: HostApi = api;
  export const entry: OpenClawPluginDefinition = plugin;
  export const context: ServiceContext = service;
  export const toolContext: ToolContext = tool;
  export const asked: GatewayRequest = request;
  export const late: GatewayRuntime = gateway;
`;

/** Each must be refused: a check that accepts these would accept anything. */
const misfits = [
  `export const a: HostApi & { registerTelephone(): void } = api;`,
  `export const b: Omit<HostApi, "runtime"> & { runtime: { state: { resolveStateDir(): number } } } = api;`,
  `export const c: Omit<HostApi, "registerGatewayMethod"> & { registerGatewayMethod(method: number): void } = api;`,
  `export const d: ServiceContext & { stateDir: number } = service;`,
];

async function complaints(text: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "voicecall-conformance-"));
  try {
    await mkdir(join(folder, "node_modules"));
    await symlink(host, join(folder, "node_modules/openclaw"));
    await writeFile(join(folder, "check.ts"), imports + text);
    const options = {
      extends: join(repository, "tsconfig.json"),
      compilerOptions: {
        typeRoots: [join(repository, "node_modules/@types")],
        allowImportingTsExtensions: true,
        rewriteRelativeImportExtensions: false,
      },
      include: [],
      files: [join(folder, "check.ts")],
    };
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(options));
    return await new Promise((resolve) => {
      execFile(join(repository, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"], (_error, stdout) => {
        resolve(stdout.split("\n").filter((line) => line.includes("error TS")));
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test.skipIf(!isThere)(
  "what we expect of the host is what it declares (skipped unless VOICE_CALL_HOST names an installed host)",
  async () => {
    expect(await complaints(fits)).toEqual([]);
  },
  120_000,
);

test.skipIf(!isThere)(
  "what the host does not have is noticed (skipped unless VOICE_CALL_HOST names an installed host)",
  async () => {
    const found = await complaints(misfits.join("\n"));
    for (const name of ["a", "b", "c", "d"]) expect(found.join("\n")).toContain(`check.ts(${lineOf(name)}`);
  },
  120_000,
);

function lineOf(name: string): number {
  const at = misfits.findIndex((text) => text.startsWith(`export const ${name}:`));
  return imports.split("\n").length + at;
}
