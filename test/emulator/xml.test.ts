// The strict XML parser: what it reads, and what it refuses.
import { expect, test } from "vitest";
import { parseXml, textOf, XmlError } from "../../src/emulator/xml.ts";

test("reads declaration, comments, CDATA, entities and attributes", () => {
  const root = parseXml(
    `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<!-- hi --><a x="1 &amp; &quot;2&quot;" y='&#x41;'>t &lt;&#233;<b/><![CDATA[<raw&>]]></a>\n`,
  );
  expect(root.attributes).toEqual(
    new Map([
      ["x", '1 & "2"'],
      ["y", "A"],
    ]),
  );
  expect(textOf(root)).toBe("t <é<raw&>");
});

test.each([
  ["mismatched tags", "<a><b></a></b>"],
  ["unclosed element", "<a><b/>"],
  ["bare ampersand", "<a>fish & chips</a>"],
  ["undefined entity", "<a>&nbsp;</a>"],
  ["unfinished entity", "<a>&amp</a>"],
  ["bare less-than in text", "<a>1 < 2</a>"],
  ["less-than in an attribute", '<a b="<"/>'],
  ["attribute twice", '<a b="1" b="2"/>'],
  ["unquoted attribute", "<a b=1/>"],
  ["attributes without space", '<a b="1"c="2"/>'],
  ["control character", "<a>\u0007</a>"],
  ["lone surrogate", "<a>\uD800</a>"],
  ["reference to a control character", "<a>&#0;</a>"],
  ["two roots", "<a/><b/>"],
  ["text after the root", "<a/>x"],
  ["nothing", ""],
  ["document type", "<!DOCTYPE a><a/>"],
  ["late declaration", '\n<?xml version="1.0"?><a/>'],
  ["]]> in text", "<a>]]></a>"],
])("refuses %s", (_name, text) => {
  expect(() => parseXml(text)).toThrow(XmlError);
});
