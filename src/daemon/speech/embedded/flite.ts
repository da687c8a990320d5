// Speaks English text with Flite's voice `kal`, whose samples come at the rate of a telephone line.
import { CallError } from "../../../call/error.ts";
import { readWav } from "../../media/wav.ts";
import { Wasi } from "./wasi.ts";

/** Longer texts are spoken piece by piece, each in well under 150 ms. */
const longestPiece = 200;

/** The voice takes a breath of 200 ms before it speaks, for which no caller should wait. */
const breath = { quiet: 150, keptSamples: 320 };

/** Signs that ASCII writes in another way. */
const written: readonly [RegExp, string][] = [
  [/[‘’‚′]/g, "'"],
  [/[“”„″«»]/g, '"'],
  [/[‐‑]/g, "-"],
  [/[–—]/g, ", "],
  [/…/g, "..."],
  [/€/g, " euros "],
  [/£/g, " pounds "],
  [/°/g, " degrees "],
  [/ß/g, "ss"],
  [/[æÆ]/g, "ae"],
  [/[øØ]/g, "o"],
];

/**
 * The text as the voice can say it, in pieces; none when there is nothing to say.
 * @throws CallError (`UNSUPPORTED`) when most of it is in another script
 */
export function sayablePieces(text: string): string[] {
  const spelled = written.reduce((left, [sign, ascii]) => left.replace(sign, ascii), text);
  const plain = spelled.normalize("NFKD").replace(/\p{M}/gu, "");
  const letters = plain.match(/\p{L}/gu)?.length ?? 0;
  const foreign = plain.match(/[^\P{L}a-z]/giu)?.length ?? 0;
  if (foreign * 2 > letters) {
    throw new CallError("UNSUPPORTED", "the embedded voice speaks English only", {
      hint: "configure a speech service under `tts` for other languages",
    });
  }
  return cut(plain.replace(/[^\x20-\x7e]+/g, " ").trim()).filter((piece) => /[a-z0-9]/i.test(piece));
}

/** Runs for 15 to 100 ms. @throws what the program traps with */
export function speakPiece(flite: WebAssembly.Module, piece: string): Int16Array<ArrayBuffer> {
  const file = new Wasi(["flite", "-voice", "kal", "-t", piece, "out.wav"]).run(flite);
  const { samples } = readWav(file);
  const first = samples.findIndex((sample) => Math.abs(sample) > breath.quiet);
  return samples.slice(Math.max(0, first - breath.keptSamples));
}

function cut(text: string): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > longestPiece) {
    const clause = /^.*[.,;:!?](?= )/s.exec(rest.slice(0, longestPiece))?.[0].length ?? 0;
    const end = clause > 0 ? clause : rest.lastIndexOf(" ", longestPiece);
    pieces.push(rest.slice(0, end > 0 ? end : longestPiece));
    rest = rest.slice(end > 0 ? end : longestPiece).trimStart();
  }
  return [...pieces, rest];
}
