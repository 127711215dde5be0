/** @file Sounds: networks with half a parameter per sample learn two clips by heart. */

import { curvesFigure } from './curves.js';
import type { Effort, Experiment } from './experiment.js';
import { magnitudes, meanSquare, spectralSimilarity } from './measures.js';
import type { Contender } from './networks.js';
import { productNetwork, sirenNetwork } from './networks.js';
import { SAMPLE_RATE, sampleTimes, SOUNDS } from './sound.js';
import type { Store } from './store.js';
import { train } from './train.js';

interface Size {
  readonly samples: number;
  readonly steps: number;
  readonly seeds: readonly number[];
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { samples: 256, steps: 60, seeds: [3] },
  quick: { samples: 1024, steps: 200, seeds: [3] },
  full: { samples: 8192, steps: 800, seeds: [3, 4, 5] },
};
const MARKS = 20;
/** SIREN's own learning rate. */
const PUBLISHED_RATE = 1e-4;

interface Run {
  readonly clip: string;
  readonly name: string;
  readonly rate: number;
  readonly parameters: number;
  readonly seed: number;
  readonly curve: readonly { readonly step: number; readonly mse: number }[];
  readonly similarity: number;
  readonly seconds: number;
  readonly spectrum: readonly number[];
}

/**
 * One product layer whose neurons share their functions was best for LRNNs, two layers at thrice the rate for SIREN, of some 400
 * settings each way on these clips. First frequencies reach up to where the clips' sound ends: `samples / 4` half periods to each unit of time.
 */
export function contenders(samples: number): readonly (readonly [Contender, number])[] {
  const shape = { inputs: 1, parameters: samples / 2 };
  const top = (Math.PI * samples) / 8;
  const product = { ...shape, depth: 1, width: 4, sharing: 'layer' } as const;
  const quick = { functionVariance: 2, rateByFrequency: true };
  return [
    [productNetwork({ ...product, activation: 'spder', hidden: 4, frequencies: [top / 2] }), 2e-2],
    [productNetwork({ ...product, ...quick, activation: 'sin', frequencies: [top / 4] }), 1e-2],
    [sirenNetwork({ ...shape, activation: 'sin', firstOmega: top }), PUBLISHED_RATE],
    [sirenNetwork({ ...shape, activation: 'sin', firstOmega: top }), 1e-3],
    [sirenNetwork({ ...shape, activation: 'sin', firstOmega: top / 2, depth: 2 }), 3e-3],
    [sirenNetwork({ ...shape, activation: 'spder', firstOmega: top }), 1e-3],
  ];
}

export const audio: Experiment = {
  name: 'audio',
  question: 'How well does each network learn a sound by heart?',
  async run(effort, store) {
    const size = SIZES[effort];
    const runs: Run[] = [];
    for (const clip of Object.keys(SOUNDS)) {
      for (const [contender, rate] of contenders(size.samples)) {
        for (const seed of size.seeds) runs.push(await learn(clip, contender, { ...size, rate, seed }, store));
      }
    }
    const clips = Object.keys(SOUNDS).map((clip) =>
      told(
        clip,
        size.samples,
        runs.filter((run) => run.clip === clip),
      ),
    );
    return {
      words: [
        `Two clips of our own making, ${size.samples} samples (${(size.samples / SAMPLE_RATE).toFixed(2)} s) each: plucked strings that play a tune, and a voice that counts nonsense. ` +
          `Half a parameter per sample, ${size.steps} steps on all samples, ${size.seeds.length} seed(s).`,
        ...clips.map(({ words }) => words),
      ],
      tables: clips.map(({ table }) => table),
      figures: clips.flatMap(({ figures }) => figures),
      pictures: [],
      summary: Object.fromEntries(clips.map(({ clip, summary }) => [clip, summary])),
    };
  },
};

async function learn(
  clip: string,
  contender: Contender,
  { samples, steps, rate, seed }: Omit<Size, 'seeds'> & { rate: number; seed: number },
  store: Store,
): Promise<Run> {
  const { name } = contender;
  const settings = { experiment: 'audio', clip, name, network: contender.settings, samples, steps, rate, seed };
  return store.result(settings, async () => {
    const y = SOUNDS[clip](samples);
    const trained = await train(contender, sampleTimes(samples), { y }, { steps, rate, seed, marks: MARKS });
    trained.dispose();
    const { outputs } = trained.marks[MARKS - 1];
    return {
      clip,
      name,
      rate,
      parameters: contender.size,
      seed,
      curve: trained.marks.map((mark) => ({ step: mark.step, mse: meanSquare(mark.outputs, y) })),
      similarity: spectralSimilarity(outputs, y),
      seconds: trained.seconds,
      spectrum: bands(outputs),
    };
  });
}

const BANDS = 64;

/** The root mean square of the magnitudes in each of 64 bands. */
function bands(sound: ArrayLike<number>): number[] {
  const all = magnitudes(sound);
  const width = all.length / BANDS;
  return Array.from({ length: BANDS }, (_, k) => {
    const part = all.subarray(k * width, (k + 1) * width);
    return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / width);
  });
}

function told(clip: string, samples: number, runs: readonly Run[]) {
  const groups = [...new Set(runs.map(label))].map((name) => runs.filter((run) => label(run) === name));
  const mse = (group: readonly Run[]): number => mean(group.map((run) => run.curve.at(-1)!.mse));
  const best = (...names: string[]): number => Math.min(...groups.filter(([run]) => names.includes(run.name)).map(mse));
  const [lrnn, siren, spder] = [best('LRNN-SPDER', 'LRNN-sin'), best('SIREN'), best('SPDER')];
  const published = mse(groups.find(([run]) => run.name === 'SIREN' && run.rate === PUBLISHED_RATE)!);
  const summary = {
    lrnn: short(lrnn),
    siren: short(siren),
    spder: short(spder),
    sirenPublished: short(published),
    ratio: short(lrnn / siren),
    ratioPublished: short(lrnn / published),
  };
  return {
    clip,
    summary,
    words: `${clip}: the better LRNN ends at a mean squared error of ${short(lrnn)}, SIREN at its own rate at ${short(published)} and at the better one at ${short(siren)}, SPDER at ${short(spder)}: LRNN / SIREN is ${short(lrnn / siren)}.`,
    table: {
      head: [clip, 'rate', 'parameters', 'MSE', 'spread', 'spectral similarity', 'seconds'],
      rows: groups.map((group) => [
        group[0].name,
        String(group[0].rate),
        group[0].parameters,
        mse(group).toExponential(2),
        deviation(group.map((run) => run.curve.at(-1)!.mse)).toExponential(1),
        mean(group.map((run) => run.similarity)).toFixed(4),
        mean(group.map((run) => run.seconds)).toFixed(1),
      ]),
    },
    figures: [
      curvesFigure({
        id: `audio-${clip}`,
        title: `Error on ${clip}`,
        caption: 'Mean squared error by step, as powers of ten; lower is better.',
        xLabel: 'step',
        yLabel: 'log10 of the MSE',
        curves: groups.map(([run]) => ({
          name: label(run),
          points: run.curve.map(({ step, mse }) => ({ x: step, y: Math.log10(mse) })),
        })),
      }),
      curvesFigure({
        id: `audio-spectrum-${clip}`,
        title: `Spectrum of ${clip}`,
        caption: 'Loudness by frequency, of the clip and of what each network plays, as powers of ten.',
        xLabel: 'hertz',
        yLabel: 'log10 of the loudness',
        curves: [
          { name: 'the clip', points: spectrumPoints(bands(SOUNDS[clip](samples))) },
          ...groups.map(([run]) => ({ name: label(run), points: spectrumPoints(run.spectrum) })),
        ],
      }),
    ],
  };
}

function spectrumPoints(loudness: readonly number[]): { x: number; y: number }[] {
  return loudness.map((value, k) => ({ x: ((k + 0.5) * SAMPLE_RATE) / 2 / BANDS, y: Math.log10(value) }));
}

function label({ name, rate }: Run): string {
  return `${name} ${rate}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
