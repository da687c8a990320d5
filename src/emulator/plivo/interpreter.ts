// Runs one Plivo XML document on one call, element by element, and says where the call goes next.
import type { Clock } from "../clock.ts";
import type { Callee } from "../twilio/callee.ts";
import { speakingMs, type Line } from "../twilio/line.ts";
import { runGetInput } from "./get-input.ts";
import { CAUSES, documentCause, type DocumentKind, type HangupCause } from "./hangup-cause.ts";
import type { GetInputElement, Instruction, PlivoXml, PromptElement, StreamElement } from "./plivo-xml.ts";
import type { FormFields } from "./signature.ts";

/** Where the next document comes from. */
export interface Fetch {
  readonly kind: DocumentKind;
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Fields beyond those of every request. */
  readonly fields: FormFields;
}

/** How a document ended. */
export type Next =
  | { readonly next: "fetch"; readonly fetch: Fetch }
  | { readonly next: "end"; readonly cause: HangupCause }
  /** Cut off by a hang-up or a transfer. */
  | { readonly next: "interrupted" };

/** What a document runs on. */
export interface Leg {
  readonly clock: Clock;
  readonly line: Line;
  readonly callee: Callee;
  /** Whether nobody has picked up yet, as at the start of an inbound call. */
  readonly unanswered: () => boolean;
  readonly answer: () => void;
  /** The other party hangs up. */
  readonly hangUp: () => void;
  readonly endLater: (lineMs: number, cause: HangupCause) => void;
  readonly listening: () => void;
  /** Streams the line's audio until that is over, or the signal aborts. */
  readonly stream: (url: string, signal: AbortSignal) => Promise<void>;
  /** Tells an action address something whose reply does not matter. */
  readonly notify: (fetch: Fetch) => void;
  readonly warn: (warning: string) => void;
}

const MAX_LOOPS = 1000;

export async function runDocument(document: PlivoXml, leg: Leg, signal: AbortSignal): Promise<Next> {
  const run = new DocumentRun(leg, signal);
  for (const instruction of document.instructions) {
    const next = await run.instruction(instruction);
    if (next !== null || signal.aborted) {
      return next ?? { next: "interrupted" };
    }
  }
  return { next: "end", cause: CAUSES.endOfXml };
}

class DocumentRun {
  readonly #leg: Leg;
  readonly #signal: AbortSignal;

  constructor(leg: Leg, signal: AbortSignal) {
    this.#leg = leg;
    this.#signal = signal;
  }

  /** Null means: go on with the element below. */
  async instruction(instruction: Instruction): Promise<Next | null> {
    switch (instruction.element) {
      case "Redirect":
        return this.#fetch({ kind: "redirect", url: instruction.url, method: instruction.method, fields: [] });
      case "Hangup":
        return this.#hangup(instruction);
      default:
        // Whatever is heard, or listens, picks up first.
        if (this.#leg.unanswered()) {
          this.#leg.answer();
        }
        return this.#audio(instruction);
    }
  }

  async #audio(instruction: Exclude<Instruction, { element: "Redirect" | "Hangup" }>): Promise<Next | null> {
    const { line, clock } = this.#leg;
    switch (instruction.element) {
      case "Speak":
      case "Play":
        await this.#prompt(instruction, this.#signal);
        return null;
      case "Wait":
        this.#maybeHangUp("pause", instruction.seconds * 500);
        await clock.pass(instruction.seconds * 1000, this.#signal);
        return null;
      case "DTMF":
        await line.play({ kind: "digits", text: instruction.digits, signal: this.#signal });
        return null;
      case "GetInput":
        return this.#getInput(instruction);
      case "Stream":
        await this.#stream(instruction);
        return null;
    }
  }

  async #stream({ url, keepCallAlive }: StreamElement): Promise<void> {
    const over = this.#leg.stream(url, this.#signal);
    if (keepCallAlive) {
      await over;
    }
  }

  #hangup({ reason, scheduleSeconds }: Extract<Instruction, { element: "Hangup" }>): Next | null {
    if (scheduleSeconds > 0) {
      this.#leg.endLater(scheduleSeconds * 1000, CAUSES.hungUpByXml);
      return null;
    }
    if (this.#leg.unanswered()) {
      return { next: "end", cause: reason === "busy" ? CAUSES.busyByXml : CAUSES.rejectedByXml };
    }
    return { next: "end", cause: CAUSES.hungUpByXml };
  }

  async #getInput(element: GetInputElement): Promise<Next | null> {
    const fields = await runGetInput(element, {
      ...this.#leg,
      prompt: (elements, signal) => this.#prompts(elements, signal),
      signal: this.#signal,
    });
    // Plivo does not call the action when nothing was said: the next element runs.
    if (fields === null || this.#signal.aborted) {
      return null;
    }
    if (element.action === null) {
      this.#leg.warn("<GetInput> has no action: the input is lost");
      return null;
    }
    const next = this.#fetch({ kind: "action", url: element.action, method: element.method, fields });
    if (element.redirect || next.next !== "fetch") {
      return next;
    }
    this.#leg.notify(next.fetch);
    return null;
  }

  async #prompts(elements: readonly PromptElement[], signal: AbortSignal): Promise<boolean> {
    for (const element of elements) {
      if (!(await this.#prompt(element, signal))) {
        return false;
      }
    }
    return true;
  }

  async #prompt(element: PromptElement, signal: AbortSignal): Promise<boolean> {
    const { line } = this.#leg;
    if (element.element === "Play") {
      return this.#repeat(element.loop, () => line.play({ kind: "play", text: element.url, signal }));
    }
    this.#maybeHangUp("say", speakingMs(element.text) / 2);
    return this.#repeat(element.loop, () => line.play({ kind: "say", text: element.text, signal }));
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

  #maybeHangUp(moment: "say" | "pause", afterMs: number): void {
    const { callee, clock, hangUp } = this.#leg;
    if (callee.script.hangUpDuring === moment) {
      clock.later(afterMs, hangUp, this.#signal);
    }
  }

  #fetch(fetch: Fetch): Next {
    if (/^https?:\/\//i.test(fetch.url) && URL.canParse(fetch.url)) {
      return { next: "fetch", fetch };
    }
    this.#leg.warn(`the ${fetch.kind} URL is not absolute`);
    return { next: "end", cause: documentCause(fetch.kind, "unreachable") };
  }
}
