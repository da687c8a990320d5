import { expect, test } from "vitest";
import type { HeardEvent } from "../../src/daemon/speech/transcriber.ts";
import { final, Listening, talking } from "./listening-ear.ts";

const speechStarted: HeardEvent = { type: "speechStarted" };
const speechStopped: HeardEvent = { type: "speechStopped" };
const interrupted: HeardEvent = { type: "interrupted", message: "gone" };
const late = { type: "unheard", lost: false };
const lost = { type: "unheard", lost: true };

test("a caller who is not understood is asked for a moment after two seconds, and to say it again after five", () => {
  const listening = new Listening().sound(900, 0.9).pass(1900);
  expect(listening.actions).toEqual([]);
  expect(listening.pass(300).actions).toEqual([late]);
  expect(listening.pass(3000).actions).toEqual([late, lost]);
});

test("nothing is said to somebody who still speaks, or who coughed into our words", () => {
  const speaking = new Listening().hears(speechStarted);
  for (let passed = 0; passed < 6000; passed += 20) {
    speaking.at += 20;
    speaking.ear.loud(speaking.at);
    speaking.actions.push(...speaking.ear.tick(speaking.at));
  }
  expect(speaking.actions).toEqual([]);
  const coughing = new Listening().sound(320, 0.9, talking).sound(2200, 0.1, { ...talking, audible: false });
  expect(coughing.pass(5000).types).toEqual(["pause", "resume"]);
});

test("words that are lost over and over are the end of a recogniser, which never said that it had trouble", () => {
  const listening = new Listening();
  listening.hears(speechStarted).hears({ type: "missed", message: "lost" });
  expect(listening.hears(speechStarted).hears({ type: "missed", message: "lost" }).types).toEqual([
    "unheard",
    "deaf",
    "unheard",
  ]);
});

test("a connection that broke while it heard somebody leaves no ear behind that believes it still hears", () => {
  const listening = new Listening().hears(speechStarted).hears(interrupted);
  expect(listening.ear.isHearing).toBe(false);
  expect(listening.pass(6000).actions).toEqual([late, lost]);
});

test("who stops at a conjunction is not told to wait, unless the connection broke", () => {
  const words: HeardEvent = { type: "partial", text: "I would like to" };
  expect(new Listening().hears(words).pass(4000).types).toEqual([]);
  expect(new Listening().hears(words).hears(interrupted).pass(4000).actions).toEqual([late]);
});

test("an answer that comes late, after we asked for a moment, is no mere assent", () => {
  const listening = new Listening().hears(speechStarted).hears(speechStopped).pass(2500);
  expect(listening.hears(final("Yes."), talking).types).toEqual(["unheard", "interrupt", "turn"]);
});

test("who was asked for a moment for a noise is not left waiting", () => {
  const listening = new Listening().hears(speechStarted).hears(speechStopped).pass(2500).hears(final(""));
  expect(listening.pass(10_000).actions).toEqual([late, lost]);
});

test("a piece whose end was lost is a turn before the caller wonders", () => {
  const listening = new Listening().hears(speechStarted).hears({ type: "partial", text: "What time" });
  listening.hears({ type: "missed", message: "failed" });
  expect(listening.pass(2100).actions).toMatchObject([{ type: "turn", text: "What time" }]);
});
