// The router's port on the other side of mock calls.
import { readFile, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { CallError } from "../call/error.ts";
import type { StoredEvent } from "../call/event.ts";
import { isOver } from "../call/state.ts";
import type { CallView } from "../call/view.ts";
import { viewOf } from "../call/view.ts";
import { parsePhoneNumber } from "../call/phone-number.ts";
import type { MockLine } from "../router/context.ts";
import { awaitLog } from "./calls/await-log.ts";
import type { CallRegistry } from "./calls/registry.ts";
import type { CarrierSet } from "./carrier-set.ts";
import type { Clock } from "./deps.ts";
import { ulaw } from "./media/g711.ts";
import { wavForLine } from "./media/wav.ts";
import type { EventStore } from "./store/event-store.ts";

export interface MockLinePorts {
  carriers: CarrierSet;
  registry: CallRegistry;
  store: EventStore;
  clock: Clock;
  /** Our number, that a person calls when none is given. */
  ownNumber(): string;
  /** Whether a recogniser listens to what is said. */
  hears(): boolean;
}

export function createMockLine(ports: MockLinePorts): MockLine {
  const { carriers, registry, ownNumber, hears } = ports;
  const leg = (id: string): string => {
    const carrierCallId = registry.state(id)?.carrierCallId;
    if (carrierCallId !== undefined) return carrierCallId;
    throw new CallError("NO_SUCH_CALL", "no call has the id given", {
      hint: "list live calls with `voicecall status`",
    });
  };
  return {
    async inbound({ from, to, say }): Promise<CallView> {
      const mock = carriers.requireMock();
      const caller = from === "anonymous" ? from : parsePhoneNumber(from, "the caller's number");
      const carrierCallId = await mock.line.inbound({ from: caller, to: to ?? ownNumber() });
      if (say !== undefined && registry.find(carrierCallId) !== undefined) await mock.line.say(carrierCallId, say);
      const state = registry.state(carrierCallId);
      if (state === undefined) throw new CallError("INTERNAL", "the incoming call was not recorded");
      return viewOf(state);
    },
    async say({ callId, text }) {
      await carriers.requireMock().line.say(leg(callId), text);
    },
    async sayAudio({ callId, file, text }) {
      const carrierCallId = leg(callId);
      const sound = ulaw.encode(wavForLine(await readSound(file)));
      const { line } = carriers.requireMock();
      await streamUp(callId, ports);
      if (await line.sayAudio(carrierCallId, sound, hears() ? undefined : text)) return;
      throw new CallError("CALL_NOT_LIVE", "no media stream carried the voice to its end", {
        callId,
        hint: "a voice needs `streaming.enabled: true` and a call that lasts; without them use `--text` alone",
      });
    },
    async press({ callId, digits }) {
      await carriers.requireMock().line.press(leg(callId), digits);
    },
    async hangUp({ callId }) {
      await carriers.requireMock().line.hangUp(leg(callId));
    },
  };
}

const mostSoundBytes = 5 * 1024 * 1024;

async function readSound(file: string): Promise<Uint8Array> {
  if (!isAbsolute(file)) throw new CallError("INVALID_INPUT", "the path of the audio file is not absolute");
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new CallError("INVALID_INPUT", "what should be the audio file is no file");
    const { size } = found;
    if (size > mostSoundBytes) {
      throw new CallError(
        "INVALID_INPUT",
        `the audio file has ${Math.ceil(size / 1024 ** 2)} MB; at most 5 are taken`,
        {
          hint: "make it smaller, for example with `sox long.wav -r 8000 -c 1 -e mu-law short.wav`",
        },
      );
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof CallError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CallError("INVALID_INPUT", `the audio file cannot be read (${code})`);
  }
}

const upWithinMs = 5000;

/** Of a call that is just being answered, the stream comes up in a moment. */
async function streamUp(id: string, { registry, store, clock }: MockLinePorts): Promise<void> {
  const state = registry.state(id);
  if (state?.traits.streams !== true || isOver(state)) return;
  const { callId } = state;
  const pick = ({ type }: StoredEvent): true | undefined => (settles.includes(type) ? true : undefined);
  const signal = new AbortController().signal;
  await awaitLog({ store, clock, callId, after: 0, pick, signal, timeoutMs: upWithinMs });
}

const settles: readonly string[] = ["line.ready", "stream.abandoned", "call.ended"];
