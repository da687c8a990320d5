// Makes µ-law at 8 kHz of whatever a speech service streams: PCM of any rate, WAV, µ-law; and finds errors that pass for audio.
import type { CallError } from "../../../call/error.ts";
import { ulaw } from "../../media/g711.ts";
import { Pcm16Reader } from "../../media/pcm16.ts";
import { Resampler } from "../../media/resample.ts";
import type { Ulaw } from "../synthesiser.ts";
import { isWav, wavHeadOf } from "./wav-head.ts";

export interface AudioDecoderOptions {
  contentType: string;
  /** Of raw PCM whose content type does not tell. */
  rateHz: number;
  /** Makes the error for what is no audio of ours. */
  notAudio(what: string): CallError;
}

/** Enough to know an error page or a container by its first letters. */
const sniffedBytes = 16;
const longestHead = 64 * 1024;
const lineRateHz = 8000;

/** Of one piece of speech. Takes the audio as it comes, in pieces of any length. */
export class AudioDecoder {
  readonly #options: AudioDecoderOptions;
  /** What came before it was known what it is. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #decode: (bytes: Uint8Array, last: boolean) => Ulaw = (bytes) => bytes;
  /** Of the samples in a WAV whose head tells their length. */
  #left = Number.POSITIVE_INFINITY;

  /** @throws CallError when the content type is none of speech */
  constructor(options: AudioDecoderOptions) {
    this.#options = options;
    const kind = /^(application\/json|text\/\w+|audio\/(?:mpeg|mp3|ogg|opus|aac|flac))/i.exec(options.contentType)?.[1];
    if (kind !== undefined) throw options.notAudio(kind.toLowerCase());
  }

  /** @throws CallError when the first bytes are none of speech */
  push(bytes: Uint8Array): Ulaw {
    if (this.#head === undefined) return this.#decoded(bytes, false);
    this.#head = Buffer.concat([this.#head, bytes]);
    return this.#begun(false);
  }

  /** The end of the stream: what was waiting. */
  end(): Ulaw {
    return this.#head === undefined ? this.#decoded(new Uint8Array(0), true) : this.#begun(true);
  }

  #begun(last: boolean): Ulaw {
    const head = this.#head ?? Buffer.alloc(0);
    if (head.length < sniffedBytes && !last) return new Uint8Array(0);
    this.#refuseText(head);
    const from = isWav(head) ? this.#enterWav(head, last) : this.#enterRaw();
    if (from === undefined) return new Uint8Array(0);
    this.#head = undefined;
    return this.#decoded(head.subarray(from), last);
  }

  #decoded(bytes: Uint8Array, last: boolean): Ulaw {
    const own = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= own.length;
    return this.#decode(own, last);
  }

  #enterRaw(): number {
    const { contentType, rateHz } = this.#options;
    const told = Number(/;\s*rate=(\d+)/i.exec(contentType)?.[1] ?? rateHz);
    if (!/^audio\/(basic|(x-)?(mu|u)-?law|pcmu)/i.test(contentType)) this.#decode = pcmDecoder(told, 1);
    return 0;
  }

  #enterWav(head: Buffer, last: boolean): number | undefined {
    const wav = wavHeadOf(head);
    if (wav === undefined) {
      if (last || head.length > longestHead) throw this.#options.notAudio("a WAV file without samples");
      return undefined;
    }
    const passesThrough = wav.encoding === "ulaw" && wav.rateHz === lineRateHz && wav.channels === 1;
    if (!passesThrough && (wav.encoding !== "pcm16" || wav.channels === 0 || wav.channels > 8))
      throw this.#options.notAudio("a WAV file that is not 16-bit PCM");
    if (!passesThrough) this.#decode = pcmDecoder(wav.rateHz, wav.channels);
    this.#left = wav.until - wav.from;
    return wav.from;
  }

  #refuseText(head: Buffer): void {
    const text = head.toString("latin1", 0, 64);
    if (/^\s*[{<[][\t\n\r\x20-\x7e]*$/.test(text) && text.length >= 2) throw this.#options.notAudio("an error message");
    const container = /^(ID3|OggS|fLaC)/.exec(text)?.[1];
    if (container !== undefined) throw this.#options.notAudio(`${container} audio`);
  }
}

/** Of several channels the first is spoken. */
function pcmDecoder(rateHz: number, channels: number): (bytes: Uint8Array, last: boolean) => Ulaw {
  const reader = new Pcm16Reader();
  const resampler = new Resampler(rateHz, lineRateHz);
  let next = 0;
  const first = (samples: Int16Array): Int16Array => {
    if (channels === 1) return samples;
    const kept: number[] = [];
    for (; next < samples.length; next += channels) kept.push(samples[next] ?? 0);
    next -= samples.length;
    return Int16Array.from(kept);
  };
  return (bytes, last) => {
    const spoken = ulaw.encode(resampler.push(first(reader.push(bytes))));
    return last ? Buffer.concat([spoken, ulaw.encode(resampler.flush())]) : spoken;
  };
}
