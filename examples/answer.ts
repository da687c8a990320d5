// Answers whoever calls, sentence by sentence, until Ctrl-C: `node examples/answer.ts`
// Callers get in only if `inboundPolicy` lets them.
import { connect } from "@openclaw/voice-call/client";

await using voice = await connect();
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

console.log("Answering. Call in, for example with: voicecall mock inbound --from +15555550111 --say Hello");
await voice.turns.answer(
  async (turn) => {
    console.log(`They said: ${turn.text}`);
    if (/\b(bye|goodbye)\b/i.test(turn.text)) {
      turn.endCall();
      return "Goodbye, and thank you for calling.";
    }
    // Each sentence is spoken while the next one is still being thought of.
    await turn.say("Let me repeat that. ");
    await turn.say(`You said: ${turn.text}. `);
    return "What else can I do for you?";
  },
  { signal: stop.signal },
);
