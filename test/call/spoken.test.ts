import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SentenceCutter } from "../../src/call/sentences.ts";
import { sessionKeyOf } from "../../src/call/session-key.ts";
import { spokenText } from "../../src/call/spoken-text.ts";

test.each([
  ["**Bold** and _soft_ words", "Bold and soft words"],
  ["# A heading\nText", "A heading Text"],
  ["- one\n- two", "one two"],
  ["1. first\n2. second", "first second"],
  ["See [the page](https://example.com/a?b=c).", "See the page."],
  ["Go to https://example.com now", "Go to a link now"],
  ["Great 🎉👍🏽 news 🇩🇪", "Great news"],
  ["<think>He is lying.</think>Hello.", "Hello."],
  ["[[tts:happy]] Hi", "Hi"],
  ["Use `npm ci`", "Use npm ci"],
  ["```js\nalert(1)\n```\nDone.", "Done."],
  ['{"spoken":"Hello there."}', "Hello there."],
  ['```json\n{"spoken": "Hi"}\n```', "Hi"],
  ["3 * 4 * 5 is 60, snake_case_name", "3 * 4 * 5 is 60, snake_case_name"],
  ["  \n ", ""],
  ["See https://example.com/a. Then call.", "See a link. Then call."],
  ["**Half of a bold", "Half of a bold"],
  ["and its other half.** More", "and its other half. More"],
  ["*Half of an italic", "Half of an italic"],
  ["the end of it*. More", "the end of it. More"],
  ["| Name | Day |\n|------|:---:|\n| Ann | Monday |", "Name, Day Ann, Monday"],
  ["First<br>second, <b>bold</b>", "First second, bold"],
  ["5*3 is 15; a * b", "5*3 is 15; a * b"],
  ["若い。🎉", "若い。"],
])("%j is spoken as %j", (written, spoken) => {
  expect(spokenText(written)).toBe(spoken);
});

test("spoken text never throws and is well-formed on one line, whatever a model writes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (written) => {
      const spoken = spokenText(written);
      expect(spoken.isWellFormed()).toBe(true);
      expect(spoken).not.toMatch(/\n/);
    }),
  );
});

describe("a reply that is still being written", () => {
  test("is cut at the ends of sentences, not at abbreviations", () => {
    const cutter = new SentenceCutter();
    const pieces = ["Dr. Smith", " is in. He can", " see you at 3.30 p", ".m. today! Is", " that fine?"].flatMap(
      (part) => cutter.push(part),
    );
    expect([...pieces, ...cutter.flush()].map((text) => text.trim())).toEqual([
      "Dr. Smith is in.",
      "He can see you at 3.30 p.m. today!",
      "Is that fine?",
    ]);
  });

  test("gives its first piece at a clause already when the sentence is long", () => {
    const cutter = new SentenceCutter();
    const pieces = cutter.push(
      "Well, that depends a little on what you want to have done there, because the shop closes ",
    );
    expect(pieces).toHaveLength(1);
    expect(pieces[0]?.length).toBeLessThan(90);
  });

  test("gives a short first piece when a long sentence comes all at once", () => {
    const medium = `Well, ${"that depends a little on what you want, ".repeat(5)}I would say. `;
    expect(new SentenceCutter().push(medium)[0]?.length).toBeLessThanOrEqual(120);
    const sentence = `Well, ${"that depends a little on what you want, ".repeat(12)}I would say. `;
    const [first, ...others] = new SentenceCutter().push(sentence);
    expect(first?.length).toBeGreaterThan(30);
    expect(first?.length).toBeLessThanOrEqual(120);
    expect(Math.max(...others.map((piece) => piece.length))).toBeLessThanOrEqual(300);
  });

  test("no piece is longer than a voice should get, also without spaces, clauses or an end", () => {
    for (const text of ["word ".repeat(400), "字".repeat(1000), "😀".repeat(400), "a, ".repeat(400)]) {
      const cutter = new SentenceCutter();
      const pieces = [...cutter.push(text), ...cutter.flush()];
      expect(pieces.join("")).toBe(text);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(300);
      expect(pieces.length).toBeLessThan(text.length / 50);
      expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    }
  });

  test("is cut where a script ends its sentences without a space", () => {
    expect(new SentenceCutter().push("今日は。元気ですか？はい、")).toEqual(["今日は。", "元気ですか？"]);
  });

  test("keeps the number of a list with its words", () => {
    const cutter = new SentenceCutter();
    const pieces = [...cutter.push("Two things:\n1. Bring milk.\n2. Call Ann. "), ...cutter.flush()];
    expect(pieces.map(spokenText).filter((text) => text !== "")).toEqual(["Two things:", "Bring milk.", "Call Ann."]);
  });

  test("that begins with code is not held back to its end", () => {
    const cutter = new SentenceCutter();
    const pieces = ["```js\nalert(1)\n", "```\nThat is it. ", "More"].flatMap((part) => cutter.push(part));
    expect(pieces.map(spokenText).filter((text) => text !== "")).toEqual(["That is it."]);
  });

  test("speaks nothing of a long block, whole or in pieces", () => {
    const thought = `<think>${"I wonder, he may be lying. ".repeat(40)}</think>Good. Bye. `;
    for (const size of [7, 50, 5000]) {
      const cutter = new SentenceCutter();
      const parts = thought.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
      const pieces = [...parts.flatMap((part) => cutter.push(part)), ...cutter.flush()];
      expect(pieces.map(spokenText).filter((text) => text !== "")).toEqual(["Good.", "Bye."]);
    }
  });

  test("loses and doubles nothing, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), (parts) => {
        const cutter = new SentenceCutter();
        const pieces = [...parts.flatMap((part) => cutter.push(part)), ...cutter.flush()];
        expect(pieces.join("").trim()).toBe(parts.join("").trim());
      }),
    );
  });

  const contract = String.raw`{"endCall": false, "more": {"spoken": "no", "list": [1, "}"]}, "spoken": "Hi \"you\".\nIt is 5 \u20ac. \ud83d\ude00 Fine\\ok?", "x": null}`;

  test("speaks the JSON contract while it is being written, and only its text, wherever it is split", () => {
    const fenced = "```json\n" + contract + "\n```\n";
    for (const written of [contract, fenced, `One moment.\n${contract}\nThat is all.`]) {
      fc.assert(
        fc.property(fc.array(fc.nat(written.length), { maxLength: 12 }), (cuts) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), written.length];
          const cutter = new SentenceCutter();
          const parts = edges.slice(1).map((end, index) => written.slice(edges[index], end));
          const pieces = [...parts.flatMap((part) => cutter.push(part)), ...cutter.flush()];
          const said = pieces.map(spokenText).filter((text) => text !== "");
          expect(said.filter((text) => !/moment|all/.test(text))).toEqual(['Hi "you".', "It is 5 €.", "Fine\\ok?"]);
          expect(said).toHaveLength(written.includes("moment") ? 5 : 3);
        }),
      );
    }
    const early = new SentenceCutter();
    expect(early.push('{"spoken":"Hello there. How')).toEqual(["Hello there."]);
  });

  test("an object without a text for the caller, or one that never ends, loses nothing that was meant for the ear", () => {
    const spoken = (...parts: string[]) => {
      const cutter = new SentenceCutter();
      return [...parts.flatMap((part) => cutter.push(part)), ...cutter.flush()].map(spokenText).join("|");
    };
    expect(spoken('{"text": "hi"}')).toBe('{"text": "hi"}');
    expect(spoken("{smiles} Good", " morning.")).toBe("{smiles} Good morning.");
    expect(spoken('{"spoken": "Cut off in the mid')).toBe("Cut off in the mid");
    expect(spoken('{"spoken": "Half an escape \\u00')).toBe("Half an escape");
    expect(spoken('{"spoken": "')).toBe("");
    expect(spoken('{"spoken": ""}')).toBe("");
  });

  test("no directive and no silent token is heard, wherever it is split", () => {
    const written = "Goodbye then. [[end_call]] NO_REPLY";
    for (let first = 0; first < written.length; first++) {
      const cutter = new SentenceCutter();
      const pieces = [...cutter.push(written.slice(0, first)), ...cutter.push(written.slice(first)), ...cutter.flush()];
      expect(pieces.map(spokenText).filter((text) => text !== "")).toEqual(["Goodbye then."]);
    }
    expect(spokenText("Goodbye. [[end_ca")).toBe("Goodbye.");
  });

  test("keeps reasoning together, so that none of it is spoken", () => {
    const cutter = new SentenceCutter();
    const pieces = ["<think>First. ", "Second. </think>", "Hello there. "].flatMap((part) => cutter.push(part));
    expect([...pieces, ...cutter.flush()].map(spokenText).filter((text) => text !== "")).toEqual(["Hello there."]);
  });
});

test.each([
  [{ scope: "per-phone", remote: "+15555550123" }, "agent:main:voice:15555550123"],
  [{ scope: "per-phone", remote: "anonymous" }, "agent:main:voice:call-1"],
  [{ scope: "per-call", remote: "+15555550123" }, "agent:main:voice:call-1"],
  [{ scope: "main", remote: "+15555550123" }, "agent:main:main"],
] as const)("the session of %o is %s", (owner, key) => {
  expect(sessionKeyOf({ ...owner, agentId: undefined, callId: "call-1" })).toBe(key);
});
