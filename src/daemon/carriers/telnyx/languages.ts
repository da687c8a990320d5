// The configured language as Telnyx names it: with its region for speaking, without for listening.
import type { ActionSpeakParams, TelnyxTranscriptionLanguage } from "telnyx/resources/calls/actions";
import { CallError } from "../../../call/error.ts";

type SpokenLanguage = NonNullable<ActionSpeakParams["language"]>;

/** @throws CallError `CONFIG_INVALID`. Which of the well-formed names exist is Telnyx's to say. */
export function spokenLanguage(language: string): SpokenLanguage {
  if (isSpoken(language)) return language;
  throw notALanguage(language);
}

/** @throws CallError `CONFIG_INVALID`. */
export function heardLanguage(language: string): TelnyxTranscriptionLanguage {
  const [name = ""] = language.split("-", 1);
  const heard = sameHeard.get(name) ?? name;
  if (isHeard(heard)) return heard;
  throw notALanguage(language);
}

/** Names that differ between Telnyx's voices and its recogniser. */
const sameHeard: ReadonlyMap<string, string> = new Map([
  ["arb", "ar"],
  ["cmn", "zh"],
  ["nb", "no"],
]);

function isSpoken(language: string): language is SpokenLanguage {
  return /^[a-z]{2,3}(-[A-Z]{2}(-[A-Z]{3})?)?$/.test(language);
}

function isHeard(language: string): language is TelnyxTranscriptionLanguage {
  return /^[a-z]{2,3}$/.test(language);
}

function notALanguage(language: string): CallError {
  return new CallError(
    "CONFIG_INVALID",
    `the language of Telnyx's voice is not a name like en-US (${language.length} characters)`,
    {
      hint: "write the language in small letters, a hyphen and the region in capitals: en-US, de-DE, cmn-CN",
    },
  );
}
