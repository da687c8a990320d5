// `openclaw voicecall …` beside a running Gateway.
import { strict as assert } from "node:assert";
import type { Chapter } from "../harness/chapter.ts";
import { callee, callOf, endOf, listening, says, type Stage } from "../harness/stage.ts";

export async function commandLine({ does }: Chapter, stage: Stage): Promise<void> {
  const voice = await stage.voice();
  const run = (...args: string[]) => stage.home.openclaw(["voicecall", ...args]);
  let callId = "";
  await does("`openclaw voicecall call` places a call through the daemon of the Gateway", async () => {
    const ran = await run(
      "call",
      "--to",
      callee,
      "--message",
      "Hello from the shell.",
      "--mode",
      "conversation",
      "--json",
    );
    assert.equal(ran.code, 0, ran.stderr);
    const placed = JSON.parse(ran.stdout) as { callId: string; initiated: boolean };
    assert.equal(placed.initiated, true);
    callId = placed.callId;
    await listening(voice, callId);
    await says(voice, callId, "Hello from the shell.");
  });
  await Promise.all([
    does("`openclaw voicecall status --json` shows it", async () => {
      const ran = await run("status", "--call-id", callId, "--json");
      assert.equal(ran.code, 0, ran.stderr);
      const seen = JSON.parse(ran.stdout) as { found: boolean; call: { callId: string } };
      assert.deepEqual([seen.found, seen.call.callId], [true, callId]);
    }),
    does("`openclaw voicecall` ends with code 4 for a call that is not there, and 2 for a wrong option", async () => {
      const [none, wrong] = await Promise.all([
        run("end", "--call-id", "call_none", "--json"),
        run("speak", "--callid", "x"),
      ]);
      assert.equal(none.code, 4, none.stderr);
      const { error } = JSON.parse(lastLine(none.stderr)) as { error: { code: string; message: string } };
      assert.equal(error.code, "NO_SUCH_CALL");
      assert.equal(wrong.code, 2, wrong.stderr);
    }),
  ]);
  await does("`openclaw voicecall end --json` hangs up", async () => {
    const ran = await run("end", "--call-id", callId, "--json");
    assert.deepEqual([ran.code, JSON.parse(ran.stdout)], [0, { success: true }], ran.stderr);
    assert.equal((await endOf(voice, callId)).reason, "hangup-bot");
    assert.notEqual((await callOf(voice, callId)).endedAt, undefined);
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
