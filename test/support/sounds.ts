// Sounds to test with, at 8,000 samples a second: tones, keys, ring-back and noise that are the same in every run.

const sampleRate = 8000;

export function silence(seconds: number): Int16Array {
  return new Int16Array(Math.round(seconds * sampleRate));
}

/** The sum of sines, each as loud as `amplitude`. */
export function tones(hz: number[], seconds: number, amplitude = 6000): Int16Array {
  return Int16Array.from({ length: Math.round(seconds * sampleRate) }, (_, n) => {
    const sum = hz.reduce((total, one) => total + Math.sin((2 * Math.PI * one * n) / sampleRate), 0);
    return Math.round(amplitude * sum);
  });
}

/** What an American caller hears while the phone rings. */
export function ringBack(seconds: number): Int16Array {
  return tones([440, 480], seconds);
}

const keyRows = [697, 770, 852, 941];
const keyColumns = [1209, 1336, 1477, 1633];

/** The tone of one key: 0-9, *, #, A-D. */
export function keyTone(key: string, seconds = 0.1): Int16Array {
  const at = "123A456B789C*0#D".indexOf(key);
  return tones([keyRows[Math.floor(at / 4)] ?? 0, keyColumns[at % 4] ?? 0], seconds);
}

/** White noise; its root mean square is about `amplitude` ÷ √3. */
export function noise(seconds: number, amplitude = 1000, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length: Math.round(seconds * sampleRate) }, () => {
    // The minimal standard generator: enough for noise, and exact in doubles.
    state = (state * 48_271) % 2_147_483_647;
    return Math.round(amplitude * ((2 * state) / 2_147_483_647 - 1));
  });
}

export function joined(...parts: Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Both at once; as long as the first. */
export function mixed(sound: Int16Array, background: Int16Array): Int16Array {
  return sound.map((sample, n) => Math.max(-32_768, Math.min(32_767, sample + (background[n] ?? 0))));
}

export function rootMeanSquare(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < samples.length; n++) sum += (samples[n] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
