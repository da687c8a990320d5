import { expect, test } from "vitest";
import { call, FakeVoiceCall, stored } from "../support/fake-voice-call.ts";
import { cli, jsonLines } from "./terminal.ts";

function speaker(...events: object[]): FakeVoiceCall {
  const voice = new FakeVoiceCall();
  voice.script = events.map((event, index) => stored(index + 1, event));
  return voice;
}

/** Tails until all is shown, then presses Ctrl-C. */
function tail(voice: FakeVoiceCall, options: { argv?: string[]; tty?: boolean } = {}) {
  const { argv = [], tty = false } = options;
  return cli(["tail", ...argv], {
    voice,
    tty,
    env: { NO_COLOR: "1" },
    onStart: (interrupt) => (voice.onIdle = interrupt),
  });
}

test("one flat object a line, in order, until Ctrl-C", async () => {
  const voice = speaker({ type: "call.ringing" }, { type: "caller.spoke", text: "Hi" });
  const { out, err, code } = await tail(voice);
  expect(jsonLines(out)).toEqual(voice.script);
  expect(out).toMatch(/^\{"seq":1,"callId":"call-abcdefgh12345678","at":1001000,"type":"call.ringing"/);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect(voice.orders).toContainEqual(["follow", { since: 25 }]);
});

test("--since and --call-id, by the carrier's id too", async () => {
  const voice = speaker();
  await tail(voice, { argv: ["--since", "0", "--call-id", "CA0001"] });
  expect(voice.orders).toContainEqual(["follow", { since: 0, callId: call.callId }]);
});

test("events in words, aligned, with a short call id", async () => {
  const voice = speaker(
    { type: "call.received", from: "+15555550199", to: "+15550001234", carrier: "mock" },
    { type: "utterance.requested", utteranceId: "u2", text: "One \u001B[2Jmoment", purpose: "say" },
    { type: "utterance.started", utteranceId: "u2" },
    { type: "utterance.started", utteranceId: "u9" },
    { type: "caller.spoke", text: "Yes" },
    { type: "caller.pressed", digits: "1#" },
    { type: "utterance.cut", utteranceId: "u2", heard: "One" },
    { type: "call.transferred", to: "+1", v: 2 },
    { type: "call.ended", reason: "hangup-user" },
  );
  const { out } = await tail(voice, { tty: true });
  const lines = out.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}abcdefgh {2}incoming {4}← \+15555550199 to \+15550001234 through mock$/);
  expect(lines.map((line) => line.slice(20))).toEqual([
    "incoming    ← +15555550199 to +15550001234 through mock",
    "to say      “One [2Jmoment”",
    "bot         “One [2Jmoment”",
    "bot         speaks",
    "user        “Yes”",
    "user        pressed 1#",
    "cut         heard: “One”",
    'call.transferred  {"to":"+1"}',
    "ended       hangup-user",
  ]);
});

test("every known event has words of its own", async () => {
  const types = {
    "call.requested": { to: "+1", from: "+2", carrier: "mock", mode: "notify" },
    "call.admitted": {},
    "call.rejected": { why: "at-capacity" },
    "call.placed": { carrierCallId: "CA1", source: "reply" },
    "dial.unconfirmed": { message: "reply lost" },
    "call.answered": { answeredBy: "human" },
    "line.ready": {},
    "utterance.played": { utteranceId: "u1", proof: "carrier" },
    "utterance.failed": { utteranceId: "u1", message: "refused", carrierCode: "13520" },
    "listening.failed": { turn: "t1", message: "refused" },
    "caller.silent": {},
    "ask.expired": { utteranceId: "u1" },
    "digits.requested": { digitsId: "d1", digits: "1" },
    "digits.sent": { digitsId: "d1" },
    "digits.failed": { digitsId: "d1", message: "refused" },
    "hangUp.requested": { reason: "hangup-bot" },
    "hangUp.accepted": {},
    "hangUp.failed": { message: "refused" },
    "timer.fired": { timer: "ring" },
    "carrier.reported": { leg: "live" },
    "carrier.noted": { what: "a late webhook" },
  };
  const voice = speaker(...Object.entries(types).map(([type, body]) => Object.assign({ type }, body)));
  const { out } = await tail(voice, { tty: true });
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(20));
  expect(lines).toHaveLength(Object.keys(types).length);
  for (const line of lines) expect(line).not.toMatch(/undefined|[{}]|\w\.\w/);
});

test("what becomes of a turn, in words", async () => {
  const voice = speaker(
    { type: "call.rejected", why: "not-on-allowlist" },
    { type: "caller.heard", text: "Is any" },
    { type: "turn.offered", offerId: "o1", text: "Is anybody there?" },
    { type: "turn.claimed", offerId: "o1", responder: "answer-1" },
    { type: "turn.released", offerId: "o1" },
    { type: "turn.settled", offerId: "o1", outcome: "failed", message: "no model" },
    { type: "turn.settled", offerId: "o2", outcome: "answered" },
    { type: "farewell.requested", reason: "hangup-bot" },
  );
  const { out } = await tail(voice, { tty: true });
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(20)),
  ).toEqual([
    "rejected    the number is not in `allowFrom`",
    "hearing     “Is any”",
    "offered     the caller's words wait for a responder",
    "claimed     answer-1 writes a reply",
    "released    its responder is gone; the turn is offered again",
    "settled     the responder could not reply: no model",
    "settled     the reply is complete",
    "farewell    hangs up when all has been spoken (hangup-bot)",
  ]);
});

test("what becomes of live audio, in words", async () => {
  const voice = speaker(
    { type: "line.lost", message: "the socket closed" },
    { type: "stream.abandoned", message: "no media stream came up in time" },
    { type: "machine.detected", who: "machine", greetingOver: false },
    { type: "machine.detected", who: "machine", greetingOver: true },
    { type: "machine.detected", who: "human", greetingOver: false },
    { type: "machine.detected", who: "unknown", greetingOver: false },
    { type: "call.recorded", file: "/state/recordings/a.wav", durationMs: 61_000 },
    { type: "utterance.cut", utteranceId: "u1", heard: "Once upon", byCaller: true, clearMs: 260 },
    { type: "timer.fired", timer: "filler" },
    { type: "turn.timed", offerId: "o1", speechEndedAt: 1, times: { endDecided: 300.4, transcript: 350 } },
    { type: "turn.timed", offerId: "o2", speechEndedAt: 1, times: { endDecided: 300, firstFrame: 812.3, heard: 900 } },
  );
  const { out } = await tail(voice, { tty: true });
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => line.slice(20))).toEqual([
    "line lost   the socket closed; another stream is asked for",
    "fallback    no media stream came up in time; the carrier's own voice and recogniser take over",
    "detected    a machine",
    "detected    a machine, whose greeting is over",
    "detected    a person",
    "detected    it is not clear whether a person or a machine has answered",
    "recorded    /state/recordings/a.wav (1 min 1 s)",
    "cut         by the caller, silent 260 ms after they began; heard: “Once upon”",
    "filler      the reply takes long; the caller is told so",
    "timing      no audio went out: end decided 300, transcript 50",
    "timing      voice latency 812 ms: end decided 300, heard 88",
  ]);
});
