// The mock's line for the contract suite: it lives in the daemon, so a person plays it through the client.
import type { CallView } from "../../src/call/view.ts";
import type { VoiceCall } from "../../src/client/index.ts";
import type { TestHome } from "./daemon.ts";
import { foundIn, type Line, type LineCall, type Person } from "./line.ts";

const outcomes = { busy: "busy", "no-answer": "no-answer", fail: "failed" } as const;

export const quickMock = { ringMs: 10, pace: 0.02, replies: [] };

/** `config`: that of the home, to which a person's behaviour is added. */
export function createMockLine(home: TestHome, config: Record<string, unknown>): Line {
  let client: Promise<VoiceCall> | undefined;
  const connected = (): Promise<VoiceCall> => (client ??= home.connect());
  const line: Line = {
    async calls() {
      const voice = await connected();
      const { lastSeq } = await voice.system.health();
      const calls: LineCall[] = [];
      if (lastSeq === 0) return calls;
      for await (const event of voice.events.follow({ since: 0 })) {
        const newest = calls.at(-1);
        if (event.type === "digits.requested" && newest !== undefined) newest.digits += event.digits;
        const view = event.callSeq === 1 ? await voice.calls.get(event.callId) : undefined;
        if (view !== undefined) calls.push(lineCall(view));
        if (event.seq >= lastSeq) break;
      }
      return calls;
    },
    call: async (id) => foundIn(await line.calls(), id),
    async script({ outcome, hangsUpWhileSpokenTo, ringMs = 10 }: Person) {
      const behaviour = hangsUpWhileSpokenTo === true ? "hangup" : outcomes[outcome ?? "busy"];
      await home.configure({ ...config, mock: { ...quickMock, ringMs, outcome: behaviour } });
      await (await connected()).system.reload();
    },
    inbound: async (from) => (await (await connected()).mock.inbound({ from })).providerCallId ?? "",
    async say(id, text) {
      await (await connected()).mock.say(id, text);
      return true;
    },
    press: async (id, digits) => (await connected()).mock.digits(id, digits),
    hangUp: async (id) => (await connected()).mock.hangUp(id),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return line;
}

function lineCall(view: CallView): LineCall {
  const said = view.transcript.filter(({ speaker }) => speaker === "bot").map(({ text }) => text);
  return {
    id: view.providerCallId ?? "",
    heard: view.state === "speaking" ? said.slice(0, -1) : said,
    digits: "",
    answered: view.answeredAt !== undefined,
    ended: view.endedAt !== undefined,
    listening: view.state === "listening",
    rejects: view.endDetail?.message?.startsWith("rejected:") === true ? 1 : 0,
    replies: [],
  };
}
