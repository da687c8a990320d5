// Calls somebody, speaks a reminder, and tells how it went: `node examples/remind.ts "+15555550123" "Dinner is at seven."`
import { CallError, connect } from "@openclaw/voice-call/client";

const [to = "+15555550123", message = "Dinner is at seven."] = process.argv.slice(2);

await using voice = await connect();
try {
  const call = await voice.calls.place({ to, message, mode: "notify" });
  for await (const event of voice.events.follow({ callId: call.callId, since: 0 })) {
    if (event.type === "utterance.played") console.log("They heard it.");
    if (event.type !== "call.ended") continue;
    console.log(`The call is over: ${event.reason}.`);
    break;
  }
} catch (error) {
  if (!(error instanceof CallError)) throw error;
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`);
  process.exitCode = 1;
}
