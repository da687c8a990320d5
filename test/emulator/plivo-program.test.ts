// The Plivo emulator as a program of its own, played over its HTTP interface.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { THEM, US } from "./sdk.ts";
import { startApp, twiml as response } from "./webhook-app.ts";

const PROGRAM = new URL("../../src/emulator/main.ts", import.meta.url).pathname;
const PUBLIC_URL = "https://voice.example.test";

async function send(url: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  return reply.json();
}

test("a person plays the caller from another terminal; SIGTERM ends the program", async () => {
  await using app = await startApp(({ path }) =>
    response(
      path === "/answer"
        ? `<GetInput inputType="speech" executionTimeout="60" action="${PUBLIC_URL}/input"><Speak>Hi</Speak></GetInput>`
        : "<Speak>Bye</Speak>",
    ),
  );
  const args = ["plivo", "--scale", "0.02", "--public", PUBLIC_URL, "--target", app.url];
  const program = spawn(process.execPath, [PROGRAM, ...args]);
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
    const { url, authId, authToken } = JSON.parse(String(line));
    expect([authId, authToken]).toEqual([expect.stringMatching(/^MA/), expect.any(String)]);
    const inbound = { from: THEM, to: US, answerUrl: `${PUBLIC_URL}/answer` };
    expect(await send(`${url}/emulator/inbound`, inbound)).toMatchObject({ status: "ringing", requestUuid: null });
    await noticing(/^listens/);
    expect(await send(`${url}/emulator/calls/last/digits`, { digits: "1" })).toMatchObject({ ok: false });
    expect(await send(`${url}/emulator/calls/last/say`, { text: "Hello" })).toEqual({ ok: true });
    await noticing(/completed/);
    expect(await send(`${url}/emulator/calls/last`)).toMatchObject({
      status: "completed",
      hangupCauseCode: 4010,
      heard: [{ heard: "Hi" }, { heard: "Bye" }],
    });
    expect(await send(`${url}/emulator/calls`)).toHaveLength(1);
    expect(await send(`${url}/emulator/calls/unknown/hangup`, {})).toHaveProperty("error");
    expect(await send(`${url}/emulator/script`, { callee: { outcome: "busy" } })).toEqual({ ok: true });
    expect(await send(`${url}/emulator/faults`, { webhooks: [{ fault: "only-v2" }] })).toEqual({ ok: true });
    expect(await send(`${url}/emulator/faults`, { rest: [{ fault: "unheard-of" }] })).toHaveProperty("error");
    expect(app.received[1]?.form.get("Speech")).toBe("Hello");
    expect(noticed.join("\n")).not.toContain(THEM.slice(1));
  } finally {
    const exit = once(program, "exit");
    program.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  }
});
