/** @file Two sounds of our own making: plucked strings that play a tune, and a voice that counts nonsense. */

import { Rng } from '../src/core/index.js';

/** Samples per second. */
export const SAMPLE_RATE = 8000;

export const SOUNDS: Readonly<Record<string, (samples: number) => Float32Array>> = { strings, voice };

/** Twelve notes a second on plucked strings, two at a time. Source: Karplus & Strong 1983. */
function strings(samples: number): Float32Array {
  const rng = new Rng(11);
  const out = new Float64Array(samples);
  const notes = [0, 4, 7, 12, 16, 7, 12, 16, 0, 5, 9, 12];
  const spacing = SAMPLE_RATE / 12;
  for (let note = 0; note * spacing < samples; note++) {
    const pitch = 196 * 2 ** (notes[note % notes.length] / 12);
    const period = Math.round(SAMPLE_RATE / pitch);
    const line = Float64Array.from({ length: period }, () => 2 * rng.uniform() - 1);
    for (let i = 0, t = Math.floor(note * spacing); t < samples; i++, t++) {
      const at = i % period;
      out[t] += line[at];
      line[at] = 0.498 * (line[at] + line[(at + 1) % period]);
    }
  }
  return loudest(out);
}

/** Pulses of a voice box through three resonances that glide from vowel to vowel, with a hiss before each. */
function voice(samples: number): Float32Array {
  const rng = new Rng(12);
  const vowels = [
    [730, 1090, 2440],
    [270, 2290, 3010],
    [300, 870, 2240],
    [530, 1840, 2480],
    [570, 840, 2410],
  ];
  const length = SAMPLE_RATE * 0.28;
  const past = [0, 1, 2].map(() => [0, 0]);
  const out = new Float64Array(samples);
  let phase = 0;
  for (let t = 0; t < samples; t++) {
    const place = t / length;
    const [from, to] = [vowels[Math.floor(place) % 5], vowels[Math.floor(place + 1) % 5]];
    const within = place % 1;
    phase += (110 + 25 * Math.sin(9 * place) - 20 * within) / SAMPLE_RATE;
    const isHiss = within < 0.15;
    let sound = isHiss ? 0.3 * rng.normal() : 0;
    if (phase >= 1) {
      phase -= 1;
      if (!isHiss) sound += 6;
    }
    for (let k = 0; k < 3; k++) {
      const pitch = from[k] + (to[k] - from[k]) * Math.max(0, within - 0.6) * 2.5;
      const radius = Math.exp((-Math.PI * (60 + 40 * k)) / SAMPLE_RATE);
      const value =
        sound + 2 * radius * Math.cos((2 * Math.PI * pitch) / SAMPLE_RATE) * past[k][0] - radius ** 2 * past[k][1];
      past[k] = [value, past[k][0]];
      out[t] += value / (k + 1) ** 2;
    }
    out[t] *= Math.sin(Math.PI * within) ** 0.3;
  }
  return loudest(out);
}

/** Without its mean, and with 1 as its largest size. */
function loudest(sound: Float64Array): Float32Array {
  const mean = sound.reduce((sum, value) => sum + value, 0) / sound.length;
  const largest = sound.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  return Float32Array.from(sound, (value) => (value - mean) / largest);
}

/** [samples x 1]: times from -1 to 1. */
export function sampleTimes(samples: number): { rows: number; cols: number; data: Float32Array } {
  return { rows: samples, cols: 1, data: Float32Array.from({ length: samples }, (_, i) => -1 + (2 * i + 1) / samples) };
}
