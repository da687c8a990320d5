// A small strict XML 1.0 parser: elements, attributes, text, CDATA, comments; anything ill-formed is an error.

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
}
export type XmlNode = XmlElement | string;

/** The text is not well-formed XML; `offset` is where it was noticed, in UTF-16 units. */
export class XmlError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(`${message} (at character ${offset})`);
    this.name = "XmlError";
    this.offset = offset;
  }
}

const MAX_DEPTH = 50;
const NAME = /[\p{L}_:][\p{L}\p{N}_:.\-·]*/uy;
const SPACE = /[ \t\r\n]*/y;
const DECLARATION =
  /<\?xml\s+version\s*=\s*(?:"1\.\d"|'1\.\d')(?:\s+encoding\s*=\s*(?:"[\w.-]+"|'[\w.-]+'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/y;
const ILLEGAL_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Parses a whole document and returns its root element. Throws `XmlError`. */
export function parseXml(text: string): XmlElement {
  const illegal = ILLEGAL_CHARACTER.exec(text);
  if (illegal !== null) {
    throw new XmlError("character not allowed in XML", illegal.index);
  }
  return new Parser(text.startsWith("\uFEFF") ? text.slice(1) : text).document();
}

/** All text below a node, in document order. */
export function textOf(node: XmlNode): string {
  return typeof node === "string" ? node : node.children.map(textOf).join("");
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    this.#match(DECLARATION);
    this.#aside();
    if (!this.#sees("<")) {
      this.#fail("expected the root element");
    }
    const root = this.#element(0);
    this.#aside();
    if (this.#at < this.#text.length) {
      this.#fail("content after the root element");
    }
    return root;
  }

  /** Skips what may stand around the root: space, comments, processing instructions. */
  #aside(): void {
    for (;;) {
      this.#match(SPACE);
      if (!this.#skipComment() && !this.#skipInstruction()) {
        return;
      }
    }
  }

  #element(depth: number): XmlElement {
    if (depth > MAX_DEPTH) {
      this.#fail("elements nested too deeply");
    }
    this.#expect("<");
    const name = this.#name();
    const attributes = this.#attributes();
    if (this.#take("/>")) {
      return { name, attributes, children: [] };
    }
    this.#expect(">");
    const children = this.#content(depth);
    this.#expect("</");
    if (this.#name() !== name) {
      this.#fail(`end tag does not match <${name}>`);
    }
    this.#match(SPACE);
    this.#expect(">");
    return { name, attributes, children };
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#match(SPACE);
      if (this.#sees(">") || this.#sees("/>")) {
        return attributes;
      }
      if (space === "") {
        this.#fail("expected space before an attribute");
      }
      const name = this.#name();
      if (attributes.has(name)) {
        this.#fail(`attribute ${name} given twice`);
      }
      this.#match(SPACE);
      this.#expect("=");
      this.#match(SPACE);
      attributes.set(name, this.#quoted());
    }
  }

  #quoted(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") {
      this.#fail("expected a quoted attribute value");
    }
    this.#at += 1;
    const raw = this.#upTo(quote);
    if (raw.includes("<")) {
      this.#fail("< in an attribute value");
    }
    return this.#decode(raw.replace(/[\t\r\n]/g, " "));
  }

  #content(depth: number): XmlNode[] {
    const nodes: XmlNode[] = [];
    while (!this.#sees("</")) {
      if (this.#at >= this.#text.length) {
        this.#fail("an element is not closed");
      }
      const node = this.#node(depth);
      if (node !== null) {
        nodes.push(node);
      }
    }
    return nodes;
  }

  #node(depth: number): XmlNode | null {
    if (this.#take("<![CDATA[")) {
      return this.#upTo("]]>");
    }
    if (this.#skipComment() || this.#skipInstruction()) {
      return null;
    }
    if (this.#sees("<")) {
      return this.#element(depth + 1);
    }
    const end = this.#text.indexOf("<", this.#at);
    const raw = this.#text.slice(this.#at, end === -1 ? this.#text.length : end);
    if (raw.includes("]]>")) {
      this.#fail("]]> in text");
    }
    this.#at += raw.length;
    return this.#decode(raw.replace(/\r\n?/g, "\n"));
  }

  #skipComment(): boolean {
    if (!this.#take("<!--")) {
      return false;
    }
    this.#upTo("--");
    if (!this.#take(">")) {
      this.#fail("-- inside a comment");
    }
    return true;
  }

  #skipInstruction(): boolean {
    if (!this.#take("<?")) {
      return false;
    }
    if (this.#name().toLowerCase() === "xml") {
      this.#fail("XML declaration not at the beginning");
    }
    this.#upTo("?>");
    return true;
  }

  #decode(raw: string): string {
    return raw.replace(/&([^;&]*;?)/g, (_whole, body: string) => {
      const code = /^#(?:x([0-9a-fA-F]+)|(\d+));$/.exec(body);
      if (code !== null) {
        return this.#character(code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16));
      }
      const named = body.endsWith(";") ? ENTITIES.get(body.slice(0, -1)) : undefined;
      return named ?? this.#fail("unescaped & or undefined entity");
    });
  }

  #character(code: number): string {
    const text = code <= 0x10ffff ? String.fromCodePoint(code) : "\0";
    return ILLEGAL_CHARACTER.test(text) ? this.#fail("reference to a character not allowed in XML") : text;
  }

  #name(): string {
    const name = this.#match(NAME);
    return name === "" ? this.#fail("expected a name") : name;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #sees(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  #take(token: string): boolean {
    const seen = this.#sees(token);
    if (seen) {
      this.#at += token.length;
    }
    return seen;
  }

  #expect(token: string): void {
    if (!this.#take(token)) {
      this.#fail(`expected ${token}`);
    }
  }

  #upTo(token: string): string {
    const end = this.#text.indexOf(token, this.#at);
    if (end === -1) {
      this.#fail(`expected ${token}`);
    }
    const between = this.#text.slice(this.#at, end);
    this.#at = end + token.length;
    return between;
  }

  #fail(message: string): never {
    throw new XmlError(message, this.#at);
  }
}
