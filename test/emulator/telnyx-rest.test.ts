// The REST side of the Telnyx emulator: credentials, checks, guards, command ids, faults.
import Telnyx from "telnyx";
import { expect, test } from "vitest";
import { startTelnyxEmulator, type TelnyxEmulatorOptions } from "../../src/emulator/index.ts";
import { DIAL, telnyxFor, telnyxRefusal, THEM, VOICE } from "./telnyx-sdk.ts";

const UNKNOWN = "v3:unknown/+==";

test.each([
  ["no to", { to: "" }, 422, "10004"],
  ["no from", { from: "" }, 422, "10004"],
  ["no connection", { connection_id: "" }, 422, "10004"],
  ["an unknown connection", { connection_id: "7" }, 400, "10015"],
  ["a number without plus", { to: "15550000002" }, 422, "10016"],
  ["a caller id that is no number", { from: "me" }, 422, "10016"],
  ["a relative webhook URL", { webhook_url: "/voice" }, 422, "10003"],
  ["client state in clear", { client_state: "not base64!" }, 422, "90017"],
  ["too short a ring", { timeout_secs: 4 }, 422, "90057"],
  ["too long a ring", { timeout_secs: 601 }, 422, "90057"],
  ["too short a limit", { time_limit_secs: 59 }, 422, "90029"],
  ["an unknown detection", { answering_machine_detection: "guess" as "detect" }, 422, "90057"],
])("dial is refused: %s", async (_name, params, status, code) => {
  await using emulator = await startTelnyxEmulator();
  const dial = telnyxFor(emulator).calls.dial({ ...DIAL, ...params });
  expect(await telnyxRefusal(dial)).toEqual({ status, code });
  expect(emulator.calls).toEqual([]);
});

test("wrong keys, unknown calls, unknown paths, bodies that are not JSON", async () => {
  await using emulator = await startTelnyxEmulator();
  const { calls } = telnyxFor(emulator);
  expect(await telnyxRefusal(telnyxFor(emulator, "KEYwrong").calls.dial(DIAL))).toEqual({ status: 401, code: "10009" });
  expect(await telnyxRefusal(calls.retrieveStatus(UNKNOWN))).toEqual({ status: 404, code: "10005" });
  expect(await telnyxRefusal(calls.actions.hangup(UNKNOWN, {}))).toEqual({ status: 404, code: "10005" });
  expect(await telnyxRefusal(calls.actions.leaveQueue(UNKNOWN, {}))).toMatchObject({
    status: 404,
  });

  const send = async (path: string, method: string, body?: string, type = "application/json") => {
    const headers = { authorization: `Bearer ${emulator.apiKey}`, "content-type": type };
    const reply = await fetch(emulator.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const { errors } = (await reply.json()) as { errors: Record<string, unknown>[] };
    return [reply.status, errors[0]?.["code"]];
  };
  expect(await send("/calls", "GET")).toEqual([404, "10005"]);
  expect(await send("/calls", "POST", "{")).toEqual([400, "10015"]);
  expect(await send("/calls", "POST", "[]")).toEqual([400, "10015"]);
  expect(await send("/calls", "POST", "to=1", "application/x-www-form-urlencoded")).toEqual([415, "10014"]);
  expect(await send("/calls/%/actions/hangup", "POST", "{}")).toEqual([404, "10005"]);
  expect(await send("/numbers", "GET")).toEqual([404, "10005"]);
  expect(emulator.calls).toEqual([]);
});

test("what is legal in which state of a call", async () => {
  await using emulator = await startTelnyxEmulator();
  const { calls } = telnyxFor(emulator);
  const { actions } = calls;
  emulator.script(THEM, { outcome: "no-answer" });
  const ringing = await calls.dial({ ...DIAL, timeout_secs: 600 });
  const early = String(ringing.data?.call_control_id);
  const unanswered = { status: 422, code: "90034" };
  expect(await telnyxRefusal(actions.speak(early, { payload: "early", ...VOICE }))).toEqual(unanswered);
  expect(await telnyxRefusal(actions.startTranscription(early, {}))).toEqual(unanswered);
  expect(await telnyxRefusal(actions.gather(early, {}))).toEqual(unanswered);
  expect(await telnyxRefusal(actions.sendDtmf(early, { digits: "1" }))).toEqual(unanswered);
  expect(await telnyxRefusal(actions.answer(early, {}))).toEqual({ status: 422, code: "90102" });
  expect((await calls.retrieveStatus(early)).data).toMatchObject({ is_alive: true, end_time: null });

  emulator.script(THEM, {});
  const { data } = await calls.dial(DIAL);
  const id = String(data?.call_control_id);
  await emulator.waitFor(() => emulator.calls[1]?.state === "answered");
  const refused = (payload: string, more: object = VOICE) =>
    telnyxRefusal(actions.speak(id, { payload, voice: "", ...more }));
  expect(await refused("")).toEqual({ status: 422, code: "90010" });
  expect(await refused("x".repeat(3001))).toEqual({ status: 422, code: "90010" });
  expect(await refused("x", {})).toMatchObject({ code: "10004" });
  expect(await refused("x", { voice: "male" })).toMatchObject({ code: "10004" });
  expect(await refused("x", { ...VOICE, stop: "some" })).toMatchObject({ code: "90057" });
  expect(await refused("x", { ...VOICE, client_state: "%" })).toMatchObject({ code: "90017" });
  expect(await telnyxRefusal(actions.reject(id, { cause: "USER_BUSY" }))).toMatchObject({ code: "90102" });
  await actions.updateClientState(id, { client_state: "QQ==" });
  expect((await calls.retrieveStatus(id)).data).toMatchObject({ is_alive: true, client_state: "QQ==" });
  await actions.hangup(id, {});
  expect((await calls.retrieveStatus(id)).data).toMatchObject({ is_alive: false, end_time: expect.any(String) });
  const over = { status: 422, code: "90018" };
  expect(await telnyxRefusal(actions.speak(id, { payload: "late", ...VOICE }))).toEqual(over);
  expect(await telnyxRefusal(actions.answer(id, {}))).toEqual(over);
  expect(await telnyxRefusal(actions.hangup(id, {}))).toEqual(over);
  expect(emulator.calls[1]?.heard).toEqual([]);
});

test("an ended call is forgotten after a while", async () => {
  await using emulator = await startTelnyxEmulator({ endedMemoryMs: 0, callee: { outcome: "busy", ringMs: 0 } });
  const { calls } = telnyxFor(emulator);
  const { data } = await calls.dial(DIAL);
  await emulator.waitFor(() => emulator.calls[0]?.state === "ended");
  const id = String(data?.call_control_id);
  expect(await telnyxRefusal(calls.retrieveStatus(id))).toEqual({ status: 404, code: "10005" });
  expect(await telnyxRefusal(calls.actions.hangup(id, {}))).toEqual({ status: 404, code: "10005" });
});

async function answered(options: TelnyxEmulatorOptions = {}) {
  const emulator = await startTelnyxEmulator(options);
  const client = telnyxFor(emulator);
  const { data } = await client.calls.dial(DIAL);
  await emulator.waitFor(() => emulator.calls[0]?.state === "answered");
  return { emulator, client, id: String(data?.call_control_id) };
}

test("a command id that was carried out has no second effect, one that was refused has", async () => {
  const { emulator, client, id } = await answered();
  await using _ = emulator;
  const speak = (payload: string, command_id: string) =>
    client.calls.actions.speak(id, { payload, ...VOICE, command_id });
  expect(await telnyxRefusal(speak("", "one"))).toMatchObject({ code: "90010" });
  expect((await speak("once", "one")).data).toEqual({ result: "ok" });
  expect((await speak("twice", "one")).data).toEqual({ result: "ok" });
  expect((await speak("thrice", "two")).data).toEqual({ result: "ok" });
  await emulator.waitFor(() => emulator.calls[0]?.heard.length === 2);
  expect(emulator.calls[0]?.heard.map(({ text }) => text)).toEqual(["once", "thrice"]);
  expect(emulator.calls[0]?.commands.map(({ outcome }) => outcome)).toEqual(["90010", "done", "duplicate", "done"]);
  await client.calls.actions.hangup(id, { command_id: "end" });
  await client.calls.actions.hangup(id, { command_id: "end" });

  const first = await client.calls.dial({ ...DIAL, command_id: "place" });
  const second = await client.calls.dial({ ...DIAL, command_id: "place" });
  expect(second.data?.call_control_id).toBe(first.data?.call_control_id);
  expect(emulator.calls).toHaveLength(2);
});

test("a command id is forgotten after a while", async () => {
  const { emulator, client, id } = await answered({ commandMemoryMs: 0 });
  await using _ = emulator;
  for (const digits of ["1", "2"]) {
    await client.calls.actions.sendDtmf(id, { digits, command_id: "same" });
  }
  expect(emulator.calls[0]?.digits).toBe("12");
});

test("faults: refusals, gateway pages, reset, delay, lost reply", async () => {
  await using emulator = await startTelnyxEmulator();
  const { calls } = telnyxFor(emulator);
  const place = (command_id = "a") => calls.dial({ ...DIAL, command_id });
  emulator.faults({
    rest: [
      { on: "dial", times: 1, fault: "refuse", code: "10011", retryAfterSeconds: 2 },
      { on: "status", fault: "reset" },
    ],
  });
  expect(await telnyxRefusal(place())).toEqual({ status: 429, code: "10011" });
  await expect(calls.retrieveStatus(UNKNOWN)).rejects.toThrow(Telnyx.APIConnectionError);
  emulator.faults({ rest: [{ times: 1, fault: "html", status: 502 }] });
  expect(await telnyxRefusal(place())).toMatchObject({ status: 502 });
  emulator.faults({ rest: [{ times: 1, fault: "reset" }] });
  await expect(place()).rejects.toThrow(Telnyx.APIConnectionError);
  expect(emulator.calls).toEqual([]);

  emulator.faults({ rest: [{ times: 1, fault: "drop-reply" }] });
  await expect(place()).rejects.toThrow(Telnyx.APIConnectionError);
  expect(emulator.calls).toHaveLength(1);
  const { data } = await place();
  expect(data?.call_control_id).toBe(emulator.calls[0]?.callControlId);
  expect(emulator.calls).toHaveLength(1);

  emulator.faults({ rest: [{ fault: "delay", ms: 500 }] });
  await expect(calls.dial(DIAL, { timeout: 50 })).rejects.toThrow(Telnyx.APIConnectionTimeoutError);
});

test("the same seed gives the same ids", async () => {
  const ids = await Promise.all(
    ["one", "one", "two"].map(async (seed) => {
      await using emulator = await startTelnyxEmulator({ seed });
      return (await telnyxFor(emulator).calls.dial(DIAL)).data?.call_control_id;
    }),
  );
  expect(ids[0]).toBe(ids[1]);
  expect(ids[0]).not.toBe(ids[2]);
});
