// Runs one TwiML document on one call, verb by verb, and says where the call goes next.
import type { Clock } from "../clock.ts";
import type { Callee } from "./callee.ts";
import { runGather } from "./gather.ts";
import { speakingMs, type Line } from "./line.ts";
import type { FormFields } from "./signature.ts";
import {
  TwimlError,
  type ConnectVerb,
  type GatherVerb,
  type PromptVerb,
  type TwimlDocument,
  type Verb,
} from "./twiml.ts";

/** Where the next document comes from. */
export interface Fetch {
  readonly kind: "voice" | "gather" | "redirect" | "connect";
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Fields beyond those of every voice request. */
  readonly fields: FormFields;
}

/** How a document ended. */
export type Next =
  | { readonly next: "fetch"; readonly fetch: Fetch }
  | { readonly next: "hang-up" }
  | { readonly next: "rejected"; readonly reason: "rejected" | "busy" }
  /** Cut off by a hang-up or by a new document pushed through REST. */
  | { readonly next: "interrupted" };

/** What a document runs on. */
export interface Leg {
  readonly clock: Clock;
  readonly line: Line;
  readonly callee: Callee;
  /** Whether the line is still unanswered, as at the start of an inbound call. */
  readonly unanswered: boolean;
  readonly answer: () => void;
  readonly hangUp: () => void;
  readonly listening: () => void;
  /** Streams the line's audio until that is over, or the signal aborts. */
  readonly stream: (verb: ConnectVerb, signal: AbortSignal) => Promise<void>;
  readonly warn: (warning: string) => void;
}

const MAX_LOOPS = 1000;

/** `baseUrl` is where the document came from; null when it was pushed by REST, which leaves relative URLs without meaning. */
export async function runDocument(
  document: TwimlDocument & { readonly baseUrl: string | null },
  leg: Leg,
  signal: AbortSignal,
): Promise<Next> {
  const [first] = document.verbs;
  if (leg.unanswered && first?.verb === "Reject") {
    return { next: "rejected", reason: first.reason };
  }
  if (leg.unanswered) {
    leg.answer();
  }
  const run = new DocumentRun(leg, document.baseUrl, signal);
  for (const verb of document.verbs) {
    const next = await run.verb(verb);
    if (next !== null || signal.aborted) {
      return next ?? { next: "interrupted" };
    }
  }
  return { next: "hang-up" };
}

class DocumentRun {
  readonly #leg: Leg;
  readonly #baseUrl: string | null;
  readonly #signal: AbortSignal;

  constructor(leg: Leg, baseUrl: string | null, signal: AbortSignal) {
    this.#leg = leg;
    this.#baseUrl = baseUrl;
    this.#signal = signal;
  }

  /** Null means: go on with the verb below. */
  async verb(verb: Verb): Promise<Next | null> {
    switch (verb.verb) {
      case "Say":
      case "Play":
      case "Pause":
        await this.#prompt(verb, this.#signal);
        return null;
      case "Gather":
        return this.#gather(verb);
      case "Connect":
        return this.#connect(verb);
      case "Redirect":
        return this.#fetch({ kind: "redirect", url: verb.url, method: verb.method, fields: [] });
      case "Hangup":
        return { next: "hang-up" };
      case "Reject":
        this.#leg.warn("12200 <Reject> only works as the first verb of an unanswered call; skipped");
        return null;
    }
  }

  async #gather(verb: GatherVerb): Promise<Next | null> {
    const result = await runGather(verb, {
      ...this.#leg,
      prompt: (verbs, signal) => this.#prompts(verbs, signal),
      signal: this.#signal,
    });
    if (this.#signal.aborted || (result === null && !verb.actionOnEmptyResult)) {
      return null;
    }
    const empty: FormFields = verb.speech ? [["SpeechResult", ""]] : [["Digits", ""]];
    const url = verb.action ?? this.#baseUrl ?? "";
    return this.#fetch({ kind: "gather", url, method: verb.method, fields: result ?? empty });
  }

  async #connect(verb: ConnectVerb): Promise<Next | null> {
    await this.#leg.stream(verb, this.#signal);
    if (this.#signal.aborted || verb.action === null) {
      return null;
    }
    return this.#fetch({ kind: "connect", url: verb.action, method: verb.method, fields: [] });
  }

  async #prompts(verbs: readonly PromptVerb[], signal: AbortSignal): Promise<boolean> {
    for (const verb of verbs) {
      if (!(await this.#prompt(verb, signal))) {
        return false;
      }
    }
    return true;
  }

  async #prompt(verb: PromptVerb, signal: AbortSignal): Promise<boolean> {
    const { line } = this.#leg;
    switch (verb.verb) {
      case "Say":
        this.#maybeHangUp("say", speakingMs(verb.text) / 2);
        return this.#repeat(verb.loop, () => line.play({ kind: "say", text: verb.text, signal }));
      case "Play":
        return this.#repeat(verb.loop, () =>
          line.play(
            verb.digits === ""
              ? { kind: "play", text: verb.url, signal }
              : { kind: "digits", text: verb.digits, signal },
          ),
        );
      case "Pause":
        this.#maybeHangUp("pause", verb.seconds * 500);
        return this.#leg.clock.pass(verb.seconds * 1000, signal);
    }
  }

  async #repeat(loop: number, once: () => Promise<boolean>): Promise<boolean> {
    const times = loop === 0 ? MAX_LOOPS : loop;
    for (let done = 0; done < times; done += 1) {
      if (!(await once())) {
        return false;
      }
    }
    return true;
  }

  #maybeHangUp(verb: "say" | "pause", afterMs: number): void {
    const { callee, clock, hangUp } = this.#leg;
    if (callee.script.hangUpDuring === verb) {
      clock.later(afterMs, hangUp, this.#signal);
    }
  }

  #fetch(fetch: Fetch): Next {
    return { next: "fetch", fetch: { ...fetch, url: this.#absolute(fetch.url) } };
  }

  #absolute(url: string): string {
    if (/^https?:\/\//i.test(url) && URL.canParse(url)) {
      return url;
    }
    if (this.#baseUrl === null || !URL.canParse(url, this.#baseUrl)) {
      throw new TwimlError(11100, "Invalid URL format: a relative URL has no document to start from");
    }
    return new URL(url, this.#baseUrl).href;
  }
}
