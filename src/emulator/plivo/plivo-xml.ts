// Reading Plivo XML: which elements and attributes exist, and what a document asks for.
import { parseXml, textOf, XmlError, type XmlElement } from "../xml.ts";

export type PromptElement =
  | { readonly element: "Speak"; readonly text: string; readonly loop: number }
  | { readonly element: "Play"; readonly url: string; readonly loop: number };

export interface GetInputElement {
  readonly element: "GetInput";
  readonly speech: boolean;
  readonly dtmf: boolean;
  readonly action: string | null;
  readonly method: "GET" | "POST";
  /** Whether the action's reply replaces this document; otherwise it is told and the document goes on. */
  readonly redirect: boolean;
  /** How long to wait for input after the prompts. */
  readonly executionTimeoutSeconds: number;
  /** Silence that ends speech; `auto` is modelled as one second. */
  readonly speechEndTimeoutSeconds: number;
  /** Pause that ends the keying; `auto` is modelled as two seconds. */
  readonly digitEndTimeoutSeconds: number;
  readonly numDigits: number;
  readonly finishOnKey: string;
  readonly prompts: readonly PromptElement[];
}

/** Audio over a socket, both ways. */
export interface StreamElement {
  readonly element: "Stream";
  readonly url: string;
  /** What is below waits until the stream is over; else both go on side by side. */
  readonly keepCallAlive: boolean;
}

export type Instruction =
  | StreamElement
  | PromptElement
  | GetInputElement
  | { readonly element: "Wait"; readonly seconds: number }
  | { readonly element: "DTMF"; readonly digits: string }
  | { readonly element: "Redirect"; readonly url: string; readonly method: "GET" | "POST" }
  | {
      readonly element: "Hangup";
      readonly reason: "rejected" | "busy";
      /** Ends the call so much later while the document goes on; 0 ends it at once. */
      readonly scheduleSeconds: number;
    };

export interface PlivoXml {
  readonly instructions: readonly Instruction[];
  /** Complaints; the document still runs. */
  readonly warnings: readonly string[];
}

/** A document that Plivo cannot run: it ends the call with an 801x code. */
export class InvalidXml extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvalidXml";
  }
}

const MAX_SPEAK_CHARACTERS = 3000;
const MAX_STREAM_URL = 2048;
const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ["Response", []],
  ["Speak", ["voice", "language", "loop"]],
  ["Play", ["loop"]],
  ["Wait", ["length", "silence", "minSilence", "beep"]],
  ["DTMF", ["async"]],
  ["Stream", ["bidirectional", "keepCallAlive", "audioTrack", "contentType"]],
  ["Redirect", ["method"]],
  ["Hangup", ["reason", "schedule"]],
  [
    "GetInput",
    (
      "action method inputType executionTimeout digitEndTimeout speechEndTimeout finishOnKey numDigits speechModel " +
      "hints language interimSpeechResultsCallback interimSpeechResultsCallbackMethod log redirect profanityFilter"
    ).split(" "),
  ],
]);
const NOT_EMULATED = new Set("Record PreAnswer Dial Conference MultiPartyCall Message GetDigits".split(" "));
const SPEECH_MARKUP = new Set("break emphasis lang p phoneme prosody s say-as sub w cont".split(" "));

/**
 * Parses a document. An element that is none of Plivo's is a warning, or with `hang-up` makes the document invalid.
 * Throws `InvalidXml`, also for what is not well-formed or has another root than `<Response>`.
 */
export function parsePlivoXml(xml: string, unknownElements: "warn" | "hang-up"): PlivoXml {
  const warnings: string[] = [];
  const reader = new Reader(warnings, unknownElements);
  return { instructions: reader.response(parseRoot(xml)), warnings };
}

function parseRoot(xml: string): XmlElement {
  try {
    return parseXml(xml);
  } catch (error) {
    if (error instanceof XmlError) {
      throw new InvalidXml(error.message);
    }
    throw error;
  }
}

class Reader {
  readonly #warnings: string[];
  readonly #unknownElements: "warn" | "hang-up";

  constructor(warnings: string[], unknownElements: "warn" | "hang-up") {
    this.#warnings = warnings;
    this.#unknownElements = unknownElements;
  }

  response(root: XmlElement): Instruction[] {
    if (root.name !== "Response") {
      throw new InvalidXml(`root is <${root.name}>`);
    }
    this.#knownAttributes(root);
    return this.#elementsOf(root).flatMap((element) => this.#instruction(element) ?? []);
  }

  #instruction(element: XmlElement): Instruction | null {
    this.#knownAttributes(element);
    switch (element.name) {
      case "Speak":
      case "Play":
        return this.#prompt(element);
      case "GetInput":
        return this.#getInput(element);
      case "Wait":
        return { element: "Wait", seconds: this.#number(element, "length", { min: 1, otherwise: 1 }) };
      case "DTMF":
        return this.#dtmf(element);
      case "Stream":
        return this.#stream(element);
      case "Redirect":
        return { element: "Redirect", url: textOf(element).trim(), method: this.#method(element) };
      case "Hangup":
        return {
          element: "Hangup",
          reason: this.#oneOf(element, "reason", ["rejected", "busy"] as const),
          scheduleSeconds: this.#number(element, "schedule", { min: 0, otherwise: 0 }),
        };
      default:
        return this.#unknown(element.name);
    }
  }

  #unknown(name: string): null {
    if (NOT_EMULATED.has(name)) {
      this.#warn(`<${name}> is not emulated; skipped`);
      return null;
    }
    if (this.#unknownElements === "hang-up") {
      throw new InvalidXml(`<${name}> is not an element of Plivo's`);
    }
    this.#warn(`<${name}> is not an element of Plivo's; skipped`);
    return null;
  }

  #prompt(element: XmlElement): PromptElement | null {
    const loop = this.#number(element, "loop", { min: 0, otherwise: 1 });
    if (element.name === "Play") {
      return { element: "Play", url: textOf(element).trim(), loop };
    }
    this.#markup(element);
    const text = textOf(element).replace(/\s+/g, " ").trim();
    if (text.length > MAX_SPEAK_CHARACTERS) {
      this.#warn(`<Speak> text of ${text.length} characters is too long; skipped`);
      return null;
    }
    return { element: "Speak", text, loop };
  }

  #markup(element: XmlElement): void {
    for (const child of element.children) {
      if (typeof child !== "string") {
        if (!SPEECH_MARKUP.has(child.name)) {
          this.#warn(`<${child.name}> is not allowed inside <Speak>`);
        }
        this.#markup(child);
      }
    }
  }

  #dtmf(element: XmlElement): Instruction | null {
    const digits = textOf(element).trim();
    if (!/^[0-9*#A-DwW]+$/.test(digits)) {
      this.#warn("<DTMF> has no digits, or other characters; skipped");
      return null;
    }
    return { element: "DTMF", digits };
  }

  #stream(element: XmlElement): StreamElement | null {
    const url = textOf(element).trim();
    const contentType = element.attributes.get("contentType");
    if (!/^wss?:\/\//i.test(url) || !URL.canParse(url) || url.length > MAX_STREAM_URL) {
      this.#warn("<Stream> needs a wss URL; skipped");
      return null;
    }
    if (element.attributes.get("bidirectional") !== "true" || contentType !== "audio/x-mulaw;rate=8000") {
      this.#warn("<Stream> is emulated both ways and in µ-law at 8000 Hz only; skipped");
      return null;
    }
    // Both ways there is no other.
    this.#oneOf(element, "audioTrack", ["inbound"] as const);
    const keepCallAlive = this.#oneOf(element, "keepCallAlive", ["false", "true"] as const) === "true";
    return { element: "Stream", url, keepCallAlive };
  }

  #getInput(element: XmlElement): GetInputElement {
    const given = element.attributes;
    const input = (given.get("inputType") ?? "").split(/\s+/);
    if (!input.every((kind) => kind === "speech" || kind === "dtmf")) {
      this.#warn(`inputType="${input.join(" ")}" is not allowed on <GetInput>`);
    }
    return {
      element: "GetInput",
      speech: input.includes("speech"),
      dtmf: input.includes("dtmf"),
      action: given.get("action") ?? null,
      method: this.#method(element),
      redirect: this.#oneOf(element, "redirect", ["true", "false"] as const) === "true",
      executionTimeoutSeconds: this.#number(element, "executionTimeout", { min: 5, max: 60, otherwise: 15 }),
      speechEndTimeoutSeconds: this.#endTimeout(element, "speechEndTimeout", 1),
      digitEndTimeoutSeconds: this.#endTimeout(element, "digitEndTimeout", 2),
      numDigits: this.#number(element, "numDigits", { min: 1, max: 32, otherwise: 32 }),
      finishOnKey: given.get("finishOnKey") ?? "#",
      prompts: this.#elementsOf(element).flatMap((child) => this.#nestedPrompt(child) ?? []),
    };
  }

  #nestedPrompt(element: XmlElement): PromptElement | null {
    if (element.name !== "Speak" && element.name !== "Play") {
      this.#warn(`<${element.name}> is not allowed inside <GetInput>; skipped`);
      return null;
    }
    this.#knownAttributes(element);
    return this.#prompt(element);
  }

  #elementsOf(parent: XmlElement): XmlElement[] {
    return parent.children.flatMap((child) => {
      if (typeof child !== "string") {
        return child;
      }
      if (child.trim() !== "") {
        this.#warn(`text directly inside <${parent.name}> is ignored`);
      }
      return [];
    });
  }

  #knownAttributes(element: XmlElement): void {
    const allowed = ATTRIBUTES.get(element.name);
    for (const name of element.attributes.keys()) {
      if (allowed?.includes(name) === false) {
        this.#warn(`attribute ${name} is not allowed on <${element.name}>`);
      }
    }
  }

  #method(element: XmlElement): "GET" | "POST" {
    return this.#oneOf(element, "method", ["POST", "GET"] as const);
  }

  /** The attribute's value when it is one of the choices, else the first of them. */
  #oneOf<Choice extends string>(
    element: XmlElement,
    attribute: string,
    choices: readonly [Choice, ...Choice[]],
  ): Choice {
    const given = element.attributes.get(attribute);
    const chosen = choices.find((choice) => choice === given);
    if (given !== undefined && chosen === undefined) {
      this.#warn(`${attribute}="${given}" is not allowed on <${element.name}>`);
    }
    return chosen ?? choices[0];
  }

  #endTimeout(element: XmlElement, attribute: string, auto: number): number {
    return element.attributes.get(attribute) === "auto"
      ? auto
      : this.#number(element, attribute, { min: 2, max: 10, otherwise: auto });
  }

  #number(
    element: XmlElement,
    attribute: string,
    range: { readonly min: number; readonly max?: number; readonly otherwise: number },
  ): number {
    const given = element.attributes.get(attribute);
    if (given === undefined) {
      return range.otherwise;
    }
    const value = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= range.min && value <= (range.max ?? Number.MAX_SAFE_INTEGER)) {
      return value;
    }
    this.#warn(`${attribute}="${given}" is out of range on <${element.name}>`);
    return range.otherwise;
  }

  #warn(warning: string): void {
    this.#warnings.push(warning);
  }
}
