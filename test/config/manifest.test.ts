// openclaw.plugin.json: what the host must know, secrets in full, and that no mistake in our section can stop the host.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configKeys } from "../../src/daemon/config/keys.ts";
import { legacyKeys } from "../../src/daemon/config/legacy.ts";

interface Schema {
  type?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  anyOf?: object[];
  default?: unknown;
}

const manifest = JSON.parse(readFileSync("openclaw.plugin.json", "utf8"));
const packageFile = JSON.parse(readFileSync("package.json", "utf8"));
const { configSchema, configContracts, configGroups, uiHints } = manifest;

test("it is the plugin's, of this version, and names what is there", () => {
  expect(manifest).toMatchObject({
    id: "voice-call",
    version: packageFile.version,
    activation: { onStartup: true },
    contracts: { tools: ["voice_call"] },
    cliCommands: [{ name: "voicecall", hasSubcommands: true }],
    skills: ["./skills"],
    categories: ["voice"],
  });
  expect(packageFile.name.split("/").at(-1)).toBe(manifest.id);
  expect(packageFile.openclaw).toEqual({
    extensions: ["./dist/plugin.js"],
    compat: { pluginApi: ">=2026.9.0" },
    install: { minHostVersion: ">=2026.9.0" },
  });
  expect(packageFile.files).toEqual(expect.arrayContaining(["dist", "openclaw.plugin.json", "skills"]));
});

test("every secret may be a SecretRef, whose failure is ours alone, and is masked in forms", () => {
  const secrets = configKeys.filter(({ secret }) => secret).map(({ path }) => path);
  const older = legacyKeys.filter(([, now]) => secrets.includes(now)).map(([old]) => old);
  for (const path of older) expect(uiHints[path]).toMatchObject({ sensitive: true });
  expect(configContracts.secretInputs.paths).toEqual(
    [...secrets, ...older].map((path) => ({ path, expected: "string", ownerKind: "capability" })),
  );
  for (const path of secrets) {
    expect(schemaAt(path)).toMatchObject({ type: ["string", "object"] });
    expect(uiHints[path]).toMatchObject({ sensitive: true });
  }
});

test("every key of the configuration, of today and of old, is described; every form's key exists", () => {
  const known = configKeys.map(({ path }) => path);
  for (const path of [...known, "twilio.from"]) expect(schemaAt(path)).toBeDefined();
  expect(legacyKeys.map(([old]) => old)).toContain("twilio.from");
  const values = configKeys.filter(({ section }) => !section).map(({ path }) => path);
  expect(Object.keys(uiHints)).toEqual(expect.arrayContaining(values));
  const grouped = configGroups.flatMap(({ properties }: { properties: string[] }) => properties);
  expect(grouped.toSorted()).toEqual(Object.keys(configSchema.properties).toSorted());
});

test("nothing in the schema refuses a value or a key, and nothing fills one in", () => {
  const refusing: string[] = [];
  const walk = (schema: Schema, path: string): void => {
    if (schema.default !== undefined) refusing.push(`${path} has a default`);
    if (schema.type === "object") {
      if (schema.additionalProperties === false) refusing.push(`${path} refuses keys`);
      if (typeof schema.additionalProperties === "object") walk(schema.additionalProperties, `${path}.*`);
      for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${path}.${name}`);
    } else if (!Array.isArray(schema.type) && !schema.anyOf?.some((way) => Object.keys(way).length === 0)) {
      refusing.push(`${path} refuses values`);
    }
  };
  walk(configSchema, "config");
  expect(refusing).toEqual([]);
});

test("labels and help are for people", () => {
  expect(uiHints["twilio.authToken"].label).toBe("Twilio auth token");
  expect(uiHints["publicUrl"].label).toBe("Public URL");
  expect(uiHints["fromNumber"]).toMatchObject({ presentation: "phone-number" });
  expect(uiHints["serve.port"]).toMatchObject({ advanced: true, help: expect.stringContaining("new daemon") });
});

function schemaAt(path: string): Schema | undefined {
  return path
    .split(".")
    .reduce<Schema | undefined>(
      (schema, step) =>
        step === "*" ? (schema?.additionalProperties as Schema | undefined) : schema?.properties?.[step],
      configSchema,
    );
}
