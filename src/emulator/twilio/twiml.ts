// Reading TwiML: which verbs and attributes exist, and what a document asks for.
import { parseXml, textOf, XmlError, type XmlElement } from "../xml.ts";

export type PromptVerb =
  | { readonly verb: "Say"; readonly text: string; readonly loop: number }
  | { readonly verb: "Play"; readonly url: string; readonly digits: string; readonly loop: number }
  | { readonly verb: "Pause"; readonly seconds: number };

export interface GatherVerb {
  readonly verb: "Gather";
  readonly speech: boolean;
  readonly dtmf: boolean;
  readonly action: string | null;
  readonly method: "GET" | "POST";
  readonly timeoutSeconds: number;
  /** Silence that ends speech, in seconds; `auto` and the default are modelled as one second. */
  readonly speechTimeoutSeconds: number;
  readonly actionOnEmptyResult: boolean;
  readonly bargeIn: boolean;
  readonly numDigits: number;
  readonly finishOnKey: string;
  readonly language: string;
  readonly prompts: readonly PromptVerb[];
}

/** `<Connect><Stream>`: the line's audio goes over a socket, both ways, until that is over. */
export interface ConnectVerb {
  readonly verb: "Connect";
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Asked for the next document once the stream is over; null goes on below. */
  readonly action: string | null;
  readonly method: "GET" | "POST";
}

export type Verb =
  | PromptVerb
  | GatherVerb
  | ConnectVerb
  | { readonly verb: "Redirect"; readonly url: string; readonly method: "GET" | "POST" }
  | { readonly verb: "Hangup" }
  | { readonly verb: "Reject"; readonly reason: "rejected" | "busy" };

export interface TwimlDocument {
  readonly verbs: readonly Verb[];
  /** Complaints that Twilio's debugger would list; the document still runs. */
  readonly warnings: readonly string[];
}

/** A document that Twilio cannot run at all (12100 and its kin): the callee hears an application error. */
export class TwimlError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = "TwimlError";
    this.code = code;
  }
}

const MAX_SAY_CHARACTERS = 4096;
const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ["Say", ["voice", "language", "loop"]],
  ["Play", ["digits", "loop"]],
  ["Pause", ["length"]],
  ["Redirect", ["method"]],
  ["Hangup", []],
  ["Reject", ["reason"]],
  ["Connect", ["action", "method"]],
  ["Stream", ["url", "name", "track"]],
  ["Parameter", ["name", "value"]],
  [
    "Gather",
    (
      "input action method timeout speechTimeout maxSpeechTime speechModel language hints enhanced " +
      "profanityFilter bargeIn actionOnEmptyResult finishOnKey numDigits partialResultCallback " +
      "partialResultCallbackMethod debug dtmfDetection"
    ).split(" "),
  ],
]);
const PROMPTS = new Set(["Say", "Play", "Pause"]);
const SPEECH_MARKUP = new Set(
  "break emphasis lang p phoneme prosody s say-as sub w amazon:effect amazon:domain".split(" "),
);

/** Parses a document. Throws `TwimlError` when it is not well-formed or its root is not `<Response>`. */
export function parseTwiml(xml: string): TwimlDocument {
  const warnings: string[] = [];
  const reader = new TwimlReader(warnings);
  return { verbs: reader.response(parseRoot(xml)), warnings };
}

function parseRoot(xml: string): XmlElement {
  try {
    return parseXml(xml);
  } catch (error) {
    if (error instanceof XmlError) {
      throw new TwimlError(12100, `Document parse failure: ${error.message}`);
    }
    throw error;
  }
}

class TwimlReader {
  readonly #warnings: string[];

  constructor(warnings: string[]) {
    this.#warnings = warnings;
  }

  response(root: XmlElement): Verb[] {
    if (root.name !== "Response") {
      throw new TwimlError(12100, `Document parse failure: root is <${root.name}>`);
    }
    this.#attributesOf(root, []);
    return this.#elementsOf(root).flatMap((element) => this.#verb(element) ?? []);
  }

  #verb(element: XmlElement): Verb | null {
    switch (element.name) {
      case "Gather":
        return this.#gather(element);
      case "Connect":
        return this.#connect(element);
      case "Redirect":
        this.#known(element);
        return { verb: "Redirect", url: textOf(element).trim(), method: this.#method(element) };
      case "Hangup":
        this.#known(element);
        return { verb: "Hangup" };
      case "Reject":
        this.#known(element);
        return {
          verb: "Reject",
          reason: this.#oneOf(element, "reason", ["rejected", "busy"] as const),
        };
      default:
        return this.#prompt(element);
    }
  }

  #prompt(element: XmlElement): PromptVerb | null {
    switch (element.name) {
      case "Say":
        return this.#say(element);
      case "Play":
        this.#known(element);
        return {
          verb: "Play",
          url: textOf(element).trim(),
          digits: element.attributes.get("digits") ?? "",
          loop: this.#count(element, "loop", 1),
        };
      case "Pause":
        this.#known(element);
        return { verb: "Pause", seconds: this.#count(element, "length", 1) };
      default:
        this.#warn(`12200 <${element.name}> is not emulated or not TwiML; skipped`);
        return null;
    }
  }

  #say(element: XmlElement): PromptVerb | null {
    this.#known(element);
    this.#markup(element);
    const text = textOf(element).replace(/\s+/g, " ").trim();
    if (text.length > MAX_SAY_CHARACTERS) {
      this.#warn(`13521 <Say> text of ${text.length} characters is too long; skipped`);
      return null;
    }
    return { verb: "Say", text, loop: this.#count(element, "loop", 1) };
  }

  #markup(element: XmlElement): void {
    for (const child of element.children) {
      if (typeof child !== "string") {
        if (!SPEECH_MARKUP.has(child.name.replace(/^ssml:/, ""))) {
          this.#warn(`12200 <${child.name}> is not allowed inside <Say>`);
        }
        this.#markup(child);
      }
    }
  }

  #gather(element: XmlElement): GatherVerb {
    this.#known(element);
    const given = element.attributes;
    const input = (given.get("input") ?? "dtmf").split(/\s+/);
    const timeoutSeconds = this.#count(element, "timeout", 5);
    const prompts = this.#elementsOf(element).flatMap((child) => {
      if (!PROMPTS.has(child.name)) {
        this.#warn(`12200 <${child.name}> is not allowed inside <Gather>`);
        return [];
      }
      return this.#prompt(child) ?? [];
    });
    if (!input.every((kind) => kind === "speech" || kind === "dtmf")) {
      this.#warn(`12200 Gather input "${input.join(" ")}" is not valid`);
    }
    return {
      verb: "Gather",
      speech: input.includes("speech"),
      dtmf: input.includes("dtmf"),
      action: given.get("action") ?? null,
      method: this.#method(element),
      timeoutSeconds,
      speechTimeoutSeconds: given.get("speechTimeout") === "auto" ? 1 : this.#count(element, "speechTimeout", 1),
      actionOnEmptyResult: this.#oneOf(element, "actionOnEmptyResult", ["false", "true"]) === "true",
      bargeIn: this.#oneOf(element, "bargeIn", ["true", "false"]) === "true",
      numDigits: this.#count(element, "numDigits", Number.MAX_SAFE_INTEGER),
      finishOnKey: given.get("finishOnKey") ?? "#",
      language: given.get("language") ?? "en-US",
      prompts,
    };
  }

  #connect(element: XmlElement): ConnectVerb | null {
    this.#known(element);
    const [stream, ...others] = this.#elementsOf(element);
    if (stream?.name !== "Stream" || others.length > 0) {
      this.#warn("12200 <Connect> is emulated with exactly one <Stream>; skipped");
      return null;
    }
    this.#known(stream);
    const { attributes } = stream;
    const url = attributes.get("url") ?? "";
    if (!/^wss?:\/\//i.test(url) || !URL.canParse(url)) {
      this.#warn("31920 the URL of a <Stream> must begin with wss://; skipped");
      return null;
    }
    if (!["inbound_track", undefined].includes(attributes.get("track"))) {
      this.#warn("31941 a <Stream> within <Connect> has the inbound track only; skipped");
      return null;
    }
    const parameters = this.#elementsOf(stream).map((each) => {
      this.#known(each);
      return [each.attributes.get("name") ?? "", each.attributes.get("value") ?? ""] as const;
    });
    return {
      verb: "Connect",
      url,
      parameters: Object.fromEntries(parameters),
      action: element.attributes.get("action") ?? null,
      method: this.#method(element),
    };
  }

  #elementsOf(parent: XmlElement): XmlElement[] {
    return parent.children.flatMap((child) => {
      if (typeof child !== "string") {
        return child;
      }
      if (child.trim() !== "") {
        this.#warn(`12200 text directly inside <${parent.name}> is ignored`);
      }
      return [];
    });
  }

  #known(element: XmlElement): void {
    this.#attributesOf(element, ATTRIBUTES.get(element.name) ?? []);
  }

  #attributesOf(element: XmlElement, allowed: readonly string[]): void {
    for (const name of element.attributes.keys()) {
      if (!allowed.includes(name) && !/^(?:xml|xmlns|xsi)(?::|$)/.test(name)) {
        this.#warn(`12200 attribute ${name} is not allowed on <${element.name}>`);
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
      this.#warn(`12200 ${attribute}="${given}" is not allowed on <${element.name}>`);
    }
    return chosen ?? choices[0];
  }

  #count(element: XmlElement, attribute: string, otherwise: number): number {
    const given = element.attributes.get(attribute);
    if (given === undefined) {
      return otherwise;
    }
    if (!/^\d{1,6}$/.test(given)) {
      this.#warn(`12200 ${attribute}="${given}" is not a number on <${element.name}>`);
      return otherwise;
    }
    return Number(given);
  }

  #warn(warning: string): void {
    this.#warnings.push(warning);
  }
}
