// The Telnyx emulator as a program of its own, played over its HTTP interface.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import Telnyx from "telnyx";
import { expect, test } from "vitest";
import { startTelnyxApp, THEM, US, VOICE } from "./telnyx-sdk.ts";

const PROGRAM = new URL("../../src/emulator/main.ts", import.meta.url).pathname;

async function send(url: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  return reply.json();
}

test("a person plays the caller from another terminal; SIGTERM ends the program", async () => {
  const started = Promise.withResolvers<Telnyx>();
  await using app = await startTelnyxApp(async ({ event, payload }) => {
    const { calls } = await started.promise;
    const id = String(payload["call_control_id"]);
    if (event === "call.initiated") {
      await calls.actions.answer(id, { transcription: true });
    } else if (event === "call.transcription") {
      await calls.actions.speak(id, { payload: "Bye", ...VOICE });
    } else if (event === "call.speak.ended") {
      await calls.actions.hangup(id, {});
    }
  });
  const program = spawn(process.execPath, [
    PROGRAM,
    "telnyx",
    "--scale",
    "0.02",
    "--webhook-url",
    "https://voice.example.test/voice",
    "--public",
    "https://voice.example.test",
    "--target",
    app.url,
  ]);
  const noticed: string[] = [];
  const notices = createInterface(program.stderr);
  notices.on("line", (line) => noticed.push(line));
  const noticing = async (pattern: RegExp) => {
    while (!noticed.some((line) => pattern.test(line))) {
      await once(notices, "line", { signal: AbortSignal.timeout(5000) });
    }
  };
  try {
    const [line] = await once(createInterface(program.stdout), "line");
    const { url, apiKey, connectionId, publicKey } = JSON.parse(String(line));
    expect([connectionId, publicKey]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/=$/)]);
    started.resolve(new Telnyx({ apiKey, baseURL: url, maxRetries: 0 }));
    const pages = String(url).replace("/v2", "/emulator");
    expect(await send(`${pages}/inbound`, { from: THEM, to: US })).toMatchObject({ state: "parked" });
    await noticing(/^listens/);
    expect(await send(`${pages}/calls/last/digits`, { digits: "1" })).toEqual({ ok: true });
    expect(await send(`${pages}/calls/last/say`, { text: "Hello" })).toEqual({ ok: true });
    await noticing(/ended \(normal_clearing\)/);
    const [call] = (await send(`${pages}/calls`)) as { callControlId: string }[];
    expect(await send(`${pages}/calls/${encodeURIComponent(String(call?.callControlId))}`)).toMatchObject({
      state: "ended",
      heard: [{ heard: "Bye" }],
      said: [{ text: "1" }, { text: "Hello", noticed: true }],
    });
    expect(await send(`${pages}/calls/last/say`, { text: "Hello?" })).toMatchObject({ ok: false });
    expect(await send(`${pages}/calls/none`)).toHaveProperty("error");
    expect(await send(`${pages}/script`, { callee: { outcome: "busy", utterances: ["Hi", { digits: "1" }] } })).toEqual(
      { ok: true },
    );
    expect(await send(`${pages}/script`, { callee: { outcome: "asleep" } })).toHaveProperty("error");
    expect(await send(`${pages}/faults`, { rest: [{ fault: "reset" }] })).toEqual({ ok: true });
    expect(await send(`${pages}/faults`, { rest: [{ fault: "unheard-of" }] })).toHaveProperty("error");
    expect(noticed.join("\n")).not.toContain(THEM.slice(1));
  } finally {
    const exit = once(program, "exit");
    program.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  }
});
