// The Twilio emulator as a program of its own, played over its HTTP interface.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { THEM, US } from "./sdk.ts";
import { startApp, twiml } from "./webhook-app.ts";

const PROGRAM = new URL("../../src/emulator/main.ts", import.meta.url).pathname;

async function send(url: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  return reply.json();
}

test("a person plays the caller from another terminal; SIGTERM ends the program", async () => {
  await using app = await startApp(({ path }) =>
    path === "/voice"
      ? twiml('<Gather input="speech" timeout="600" action="/turn"><Say>Hi</Say></Gather>')
      : twiml("<Say>Bye</Say>"),
  );
  const program = spawn(process.execPath, [
    PROGRAM,
    "twilio",
    "--scale",
    "0.02",
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
    const { url, accountSid, authToken } = JSON.parse(String(line));
    expect([accountSid, authToken]).toEqual([expect.stringMatching(/^AC/), expect.any(String)]);
    expect(
      await send(`${url}/emulator/inbound`, {
        from: THEM,
        to: US,
        voiceUrl: "https://voice.example.test/voice",
      }),
    ).toMatchObject({
      status: "ringing",
    });
    await noticing(/^listens/);
    expect(await send(`${url}/emulator/calls/last/digits`, { digits: "1" })).toMatchObject({
      ok: false,
    });
    expect(await send(`${url}/emulator/calls/last/say`, { text: "Hello" })).toEqual({ ok: true });
    await noticing(/completed/);
    expect(await send(`${url}/emulator/calls/last`)).toMatchObject({
      status: "completed",
      heard: [{ heard: "Hi" }, { heard: "Bye" }],
    });
    expect(await send(`${url}/emulator/calls`)).toHaveLength(1);
    expect(await send(`${url}/emulator/script`, { callee: { outcome: "asleep" } })).toHaveProperty("error");
    expect(await send(`${url}/emulator/faults`, { rest: [{ fault: "unheard-of" }] })).toHaveProperty("error");
    expect(app.received[1]?.form.get("SpeechResult")).toBe("Hello");
    expect(noticed.join("\n")).not.toContain(THEM.slice(1));
  } finally {
    const exit = once(program, "exit");
    program.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  }
});
