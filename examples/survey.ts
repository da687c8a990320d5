// Asks two questions on the phone and prints the answers: `node examples/survey.ts "+15555550123"`
import { CallError, connect } from "@openclaw/voice-call/client";

const [to = "+15555550123"] = process.argv.slice(2);
const questions = ["How was your day, in one word?", "Would you like a call tomorrow as well?"];

await using voice = await connect();
const { callId } = await voice.calls.place({ to, message: "Hello! Two short questions.", mode: "conversation" });
try {
  for (const message of questions) {
    const { transcript } = await voice.calls.ask({ callId, message });
    console.log(`${message}\n  ${transcript}`);
  }
  await voice.calls.say({ callId, message: "Thank you, and goodbye." });
  await voice.calls.hangUp(callId);
} catch (error) {
  // A caller who hangs up in the middle is no failure of the script.
  if (!(error instanceof CallError) || error.code !== "CALL_ENDED") throw error;
  console.log("They hung up.");
}
