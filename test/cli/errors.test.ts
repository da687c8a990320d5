import { expect, test } from "vitest";
import { CallError, type ErrorCode, errorCodes } from "../../src/call/error.ts";
import { FakeVoiceCall } from "../support/fake-voice-call.ts";
import { cli, json } from "./terminal.ts";

const exits: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 2,
  CONFIG_INVALID: 2,
  UNSUPPORTED: 2,
  DAEMON_UNREACHABLE: 3,
  UNAUTHORIZED: 3,
  VERSION_MISMATCH: 3,
  PORT_IN_USE: 3,
  NO_SUCH_CALL: 4,
  CARRIER_REFUSED: 5,
  NOBODY_SPOKE: 6,
  TIMED_OUT: 6,
  CALL_ENDED: 7,
  CALL_NOT_LIVE: 7,
  ALREADY_ASKING: 7,
  LIVE_CALLS: 7,
};

function failing(error: Error): FakeVoiceCall {
  const voice = new FakeVoiceCall();
  voice.failure = error;
  return voice;
}

test.for(Object.keys(errorCodes) as ErrorCode[])("%s has its exit code, as text and as JSON", async (code) => {
  const error = new CallError(code, "it went wrong", { hint: "try again" });
  const text = await cli(["end", "--call-id", "c"], { voice: failing(error) });
  expect(text).toMatchObject({ out: "", err: "error: it went wrong\n  try again\n", code: exits[code] ?? 1 });
  const asked = await cli(["end", "--call-id", "c", "--json"], { voice: failing(error) });
  expect(json(asked.err)).toEqual({ error: { code, message: "it went wrong", hint: "try again" } });
  expect(asked).toMatchObject({ out: "", code: exits[code] ?? 1 });
  expect(asked.voice.disposed).toBe(true);
});

test("a carrier's own code is named once", async () => {
  const refused = new CallError("CARRIER_REFUSED", "the number is not valid", { carrierCode: "21211" });
  const named = new CallError("CARRIER_REFUSED", "21211: the number is not valid", { carrierCode: "21211" });
  expect((await cli(["end", "--call-id", "c"], { voice: failing(refused) })).err).toBe(
    "error: the number is not valid (carrier error 21211)\n",
  );
  expect((await cli(["end", "--call-id", "c"], { voice: failing(named) })).err).toBe(
    "error: 21211: the number is not valid\n",
  );
});

test("an error of no kind we know", async () => {
  const ran = await cli(["end", "--call-id", "c", "--json"], { voice: failing(new RangeError("odd")) });
  expect({ error: json(ran.err), code: ran.code }).toEqual({
    error: { error: { code: "INTERNAL", message: "odd" } },
    code: 1,
  });
});

test.for([
  [["cal"], "unknown command 'cal'", "did you mean call? see `voicecall --help`"],
  [["call", "-m", "x", "--tto", "+1"], "unknown option '--tto'", "did you mean --to? see `voicecall call --help`"],
  [["end"], "required option '--call-id <id>' not specified", "see `voicecall end --help`"],
  [["start"], "required option '--to <number>' not specified", "see `voicecall start --help`"],
  [
    ["status", "extra"],
    "too many arguments for 'status'. Expected 0 arguments but got 1: extra.",
    "see `voicecall status --help`",
  ],
  [
    ["call", "-m", "x", "--mode", "shout"],
    "option '--mode <mode>' argument 'shout' is invalid. Allowed choices are notify, conversation.",
    "see `voicecall call --help`",
  ],
  [
    ["daemon", "stop", "--drain", "--force"],
    "option '--drain' cannot be used with option '--force'",
    "see `voicecall daemon stop --help`",
  ],
  [["tail", "--since", "-1"], `--since takes a whole number from 0 on, not "-1"`, undefined],
  [["latency", "--last", "0"], `--last takes a whole number from 1 on, not "0"`, undefined],
] as const)("wrong usage: %j", async ([argv, message, hint]) => {
  const text = await cli([...argv]);
  expect(text).toMatchObject({
    out: "",
    err: `error: ${message}\n${hint === undefined ? "" : `  ${hint}\n`}`,
    code: 2,
  });
  expect(text.voice.orders).toEqual([]);
  const asked = await cli([...argv, "--json"]);
  expect(json(asked.err)).toEqual({ error: { code: "INVALID_INPUT", message, ...(hint !== undefined && { hint }) } });
  expect(asked).toMatchObject({ out: "", code: 2 });
});

test.for([
  [{}, true, true],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ TERM: "dumb" }, true, false],
  [{}, false, false],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
] as const)("colour with %j on a terminal (%s): %s", async ([env, tty, coloured]) => {
  const { err } = await cli(["end", "--call-id", "c"], { env: { ...env }, tty, voice: failing(new Error("no")) });
  expect(err.includes("\u001B[31m")).toBe(coloured);
});

test("JSON is never coloured", async () => {
  const { out } = await cli(["status", "--json"], { env: { FORCE_COLOR: "1" }, tty: true });
  expect(out).not.toContain("\u001B");
});

test("hints and examples name the command that is there: inside OpenClaw there is no `voicecall` alone", async () => {
  const error = new CallError("AT_CAPACITY", "see `voicecall status`", { hint: "run `voicecall end --call-id …`" });
  const name = "openclaw voicecall";
  const text = await cli(["end", "--call-id", "c"], { voice: failing(error), name });
  expect(text.err).toBe("error: see `openclaw voicecall status`\n  run `openclaw voicecall end --call-id …`\n");
  const asked = await cli(["end", "--call-id", "c", "--json"], { voice: failing(error), name });
  expect(json(asked.err)).toMatchObject({ error: { hint: "run `openclaw voicecall end --call-id …`" } });
  for (const line of [["--help"], ["call", "--help"]]) {
    expect((await cli(line, { name })).out).not.toMatch(/(^|`) *voicecall /m);
  }
});
