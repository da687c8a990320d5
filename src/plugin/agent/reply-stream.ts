// What of a reply is still to be spoken: the model's messages as they grow, and what comes only at the end.
import { spokenText } from "../../call/spoken-text.ts";
import type { PartialReply, ReplyPayload } from "./host.ts";

export class ReplyStream {
  /** The model's messages as they were handed on; tools run between them. */
  readonly #messages: string[] = [""];
  /** All that was written, handed on or not. */
  #written = "";

  /** The model begins a further message. */
  begin(): void {
    if (this.#last !== "") this.#messages.push("");
  }

  /** Takes the message as it is now; returns what is new in it. One that was rewritten waits for its end. */
  grow({ text, delta = "", phase }: PartialReply): string {
    if (phase === "commentary") return "";
    const fresh = text === undefined ? delta : text.startsWith(this.#last) ? text.slice(this.#last.length) : "";
    return this.#add(fresh);
  }

  /** What of the finished reply was not handed on while it was written. */
  rest(payloads: readonly ReplyPayload[]): string {
    let rest = "";
    for (const { text = "", isError, isReasoning, isCommentary } of payloads) {
      if (isError === true || isReasoning === true || isCommentary === true) continue;
      this.#written += text;
      rest += this.#addUnsaid(text);
    }
    return rest;
  }

  /** The reply asks for the end of the call: by its mark, or by `endCall` of the JSON contract. */
  get endsCall(): boolean {
    return /\[\[\s*end_?call\s*\]\]|"end_?call"\s*:\s*true/i.test(this.#written);
  }

  /** Something of it can be heard. */
  get isAudible(): boolean {
    return this.#messages.some((text) => spokenText(text) !== "");
  }

  get #last(): string {
    return this.#messages.at(-1) ?? "";
  }

  #add(fresh: string): string {
    if (fresh === "") return "";
    const isFirst = this.#last === "";
    this.#messages.push((this.#messages.pop() ?? "") + fresh);
    this.#written += fresh;
    // The end of a line keeps two messages from running into one sentence.
    return isFirst && this.#messages.length > 1 ? `\n${fresh}` : fresh;
  }

  /** Compared by letters, since the host cleans up a reply that is finished. */
  #addUnsaid(text: string): string {
    const words = spokenText(text);
    const said = this.#messages.map((message) => letters(spokenText(message)));
    if (said.join("").includes(letters(words))) return "";
    const begun = said.at(-1) ?? "";
    if (begun !== "" && letters(words).startsWith(begun)) {
      const tail = afterLetters(words, begun.length);
      const isStopSaid = /[^\p{L}\p{N}\s]\s*$/u.test(this.#last);
      return this.#add(isStopSaid ? tail.replace(/^[^\p{L}\p{N}\s]+/u, "") : tail);
    }
    this.begin();
    return this.#add(words);
  }
}

function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, "");
}

/** What follows the first `count` letters. */
function afterLetters(text: string, count: number): string {
  let left = count;
  let end = 0;
  for (const { index, 0: letter } of text.matchAll(/[\p{L}\p{N}]/gu)) {
    if (left <= 0) break;
    left -= letter.length;
    end = index + letter.length;
  }
  return text.slice(end);
}
