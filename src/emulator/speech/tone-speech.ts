// The speech of emulated voices: a burst of two tones for each word, as long as the word, so that what was heard can be told by ear or by measuring.

/** Of speech for each character of the text, spaces included. */
const MS_PER_CHARACTER = 60;
const LOW_HZ = [400, 500, 600, 700, 800, 900, 1000, 1100];
const HIGH_HZ = [1400, 1600, 1800, 2000, 2200, 2400, 2600, 2800];
const LEVEL = 7000;
/** Rises and falls softly, so that no click spreads over the spectrum. */
const EDGE_MS = 5;
const FRAME_MS = 10;
const LOUD = 700;
/** A shorter burst is what is left of a word that was cut. */
const SHORTEST_BURST_MS = 40;

/** 16-bit samples; a pause where the text has none of a word's characters. */
export function toneSpeech(text: string, rateHz: number): Int16Array<ArrayBuffer> {
  const perCharacter = Math.round((MS_PER_CHARACTER * rateHz) / 1000);
  const samples = new Int16Array(text.length * perCharacter);
  for (const { word, index } of words(text)) {
    const burst = samples.subarray(index * perCharacter, (index + word.length) * perCharacter);
    const [low = 0, high = 0] = tonesOf(wordCode(word));
    const edge = (EDGE_MS * rateHz) / 1000;
    for (let n = 0; n < burst.length; n++) {
      const loudness = LEVEL * Math.min(1, n / edge, (burst.length - n) / edge);
      burst[n] = loudness * (Math.sin((2 * Math.PI * low * n) / rateHz) + Math.sin((2 * Math.PI * high * n) / rateHz));
    }
  }
  return samples;
}

/** What `heardCodes` finds in the speech of this text. */
export function wordCodes(text: string): number[] {
  return words(text).map(({ word }) => wordCode(word));
}

/** The words of a recording, in order, as their codes; words that were cut short are left out when too little is left. */
export function heardCodes(samples: Int16Array, rateHz: number): number[] {
  const frame = (FRAME_MS * rateHz) / 1000;
  const codes: number[] = [];
  let start = -1;
  for (let at = 0; at <= samples.length; at += frame) {
    const loud = levelOf(samples.subarray(at, at + frame)) > LOUD;
    if (loud && start < 0) start = at;
    if (loud || start < 0) continue;
    if (at - start >= (SHORTEST_BURST_MS * rateHz) / 1000) codes.push(codeIn(samples.subarray(start, at), rateHz));
    start = -1;
  }
  return codes;
}

function words(text: string): { word: string; index: number }[] {
  return [...text.matchAll(/[\p{L}\p{N}'’]+/gu)].map((match) => ({ word: match[0], index: match.index }));
}

/** 0 to 63. Different words may share one. */
function wordCode(word: string): number {
  let hash = 7;
  for (const character of word.toLowerCase()) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return hash % 64;
}

function tonesOf(code: number): number[] {
  return [LOW_HZ[code >> 3] ?? 0, HIGH_HZ[code & 7] ?? 0];
}

function codeIn(burst: Int16Array, rateHz: number): number {
  const loudest = (tones: number[]): number => {
    const powers = tones.map((hz) => powerAt(burst, hz, rateHz));
    return powers.indexOf(Math.max(...powers));
  };
  return loudest(LOW_HZ) * 8 + loudest(HIGH_HZ);
}

/** Goertzel's, as a plain correlation: bursts are short. */
function powerAt(samples: Int16Array, hz: number, rateHz: number): number {
  const step = (2 * Math.PI * hz) / rateHz;
  let real = 0;
  let imaginary = 0;
  for (let n = 0; n < samples.length; n++) {
    real += (samples[n] ?? 0) * Math.cos(step * n);
    imaginary += (samples[n] ?? 0) * Math.sin(step * n);
  }
  return real ** 2 + imaginary ** 2;
}

function levelOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample ** 2;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
