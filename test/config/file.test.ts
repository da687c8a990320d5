import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/daemon/config/load.ts";
import { configDirectory, good, load, loadText, wrong } from "./fixture.ts";

test("without a file calls go through the mock carrier", () => {
  const result = loadConfig({ env: { TWILIO_FROM_NUMBER: "not a number", TWILIO_AUTH_TOKEN: "x" } });
  expect(good(result)).toMatchObject({ provider: "mock", enabled: true });
  expect(result.notices).toEqual([]);
});

test("a file that does not exist is the same, with a notice", () => {
  const result = loadConfig({ file: "/nowhere/openclaw.json", env: {} });
  expect(good(result).provider).toBe("mock");
  expect(result.notices).toEqual(["there is no /nowhere/openclaw.json, so calls go through the mock carrier"]);
});

test.for([
  "{}",
  "{ plugins: {} }",
  "{ plugins: { entries: { other: {} } } }",
  "{ plugins: { entries: { 'voice-call': { enabled: true } } } }",
])("a file that does not speak of us is the same, with a notice: %s", (text) => {
  const result = loadText(text);
  expect(good(result)).toMatchObject({ provider: "mock", enabled: true });
  expect(result.notices).toEqual([
    expect.stringMatching(/holds no `plugins\.entries\.voice-call\.config`, so calls go through the mock carrier$/),
  ]);
});

test("a section that names no carrier means the mock carrier, with a notice", () => {
  const result = load({ maxConcurrentCalls: 2 });
  expect(good(result)).toMatchObject({ provider: "mock", maxConcurrentCalls: 2 });
  expect(result.notices).toEqual(["`provider` is not set, so calls go through the mock carrier"]);
});

test("OpenClaw's own switch of the plugin switches calls off", () => {
  expect(
    good(
      loadText(
        `{ plugins: { entries: { "voice-call": { enabled: false, config: { provider: "mock", enabled: true } } } } }`,
      ),
    ).enabled,
  ).toBe(false);
  expect(
    good(
      loadText(
        `{ plugins: { entries: { "voice-call": { enabled: true, config: { provider: "mock", enabled: false } } } } }`,
      ),
    ).enabled,
  ).toBe(false);
  expect(good(loadText(`{ plugins: { entries: { "voice-call": { enabled: false } } } }`)).enabled).toBe(false);
});

test("JSON5 is read: comments, single quotes, trailing commas, a byte order mark", () => {
  const text = `\uFEFF// calls\n{ plugins: { entries: { 'voice-call': { config: { provider: 'mock', /* two */ maxConcurrentCalls: 0x2, }, }, }, }, }`;
  expect(good(loadText(text)).maxConcurrentCalls).toBe(2);
});

test.for([
  ["a syntax error", "{\n  plugins: {\n    entries ?: 1\n  }\n}", "is not valid JSON5 (line 3, column 13)"],
  ["a half-written file", '{\n  plugins: { entries: { "voice-call": {', "ends in the middle (line 2, column 40)"],
  ["an open quote", '{ plugins: "secr', "ends in the middle (line 1, column 17)"],
  ["an empty file", "", "ends in the middle (line 1, column 1)"],
  ["a list", "[]", "is a list, where an object is needed"],
  ["a text", "'{}'", "is a text, where an object is needed"],
  ["null", "null", "is null, where an object is needed"],
] as const)("%s is told with its place", ([, text, message]) => {
  using directory = configDirectory();
  const file = directory.write(text);
  const result = loadConfig({ file, env: {} });
  expect(result).toMatchObject({
    ok: false,
    problems: [{ code: "CONFIG_INVALID", message: `${file} ${message}`, hint: expect.any(String) }],
  });
});

test("numbers that JSON5 has and JSON has not are no numbers for us", () => {
  for (const number of ["Infinity", "NaN", "-Infinity"]) {
    const [problem] = wrong(
      loadText(
        `{ plugins: { entries: { 'voice-call': { config: { provider: 'mock', mock: { pace: ${number} } } } } } }`,
      ),
    );
    expect(problem).toMatch(/^`mock\.pace` is no finite number, where a number is needed/);
  }
});

test.for([
  ["{ plugins: 5 }", "`plugins`", "a number"],
  ["{ plugins: { entries: [] } }", "`plugins.entries`", "a list"],
  ["{ plugins: { entries: { 'voice-call': null } } }", "`plugins.entries.voice-call`", "null"],
  ["{ plugins: { entries: { 'voice-call': { config: 'mock' } } } }", "`plugins.entries.voice-call.config`", "a text"],
] as const)("a broken way to our section is named: %s", ([text, path, kind]) => {
  const [problem] = wrong(loadText(text));
  expect(problem).toMatch(`${path} in `);
  expect(problem).toMatch(`is ${kind}, where an object is needed -> see the examples in docs/configuration.md`);
});

test("a directory, a device and a huge file are refused at once", () => {
  using directory = configDirectory();
  const folder = join(directory.path, "folder");
  const device = "/dev/null";
  mkdirSync(folder);
  const huge = directory.write("x".repeat(1_048_577));
  const problems = [folder, device, huge].flatMap((file) => wrong(loadConfig({ file, env: {} })));
  expect(problems).toEqual([
    `${folder} is a directory -> put the configuration into a file, or name another file with \`--config\``,
    `${device} is not a regular file -> put the configuration into a file, or name another file with \`--config\``,
    `${huge} is larger than 1 MiB -> a configuration is some kilobytes: shorten it, or name another file with \`--config\``,
  ]);
});

test("an unreadable file is refused with the system's reason", () => {
  using directory = configDirectory();
  const file = join(directory.path, "loop");
  symlinkSync(file, file);
  expect(wrong(loadConfig({ file, env: {} }))).toEqual([
    `${file} cannot be read (ELOOP) -> make it readable for you, or name another file with \`--config\``,
  ]);
});
