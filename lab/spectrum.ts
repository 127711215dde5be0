/** @file Theory: which frequencies a network learns first, and which it does not learn at all. */

import { curvesFigure } from './curves.js';
import type { Experiment } from './experiment.js';
import { neighbour, NEIGHBOURS } from './neighbours.js';
import type { Trainee } from './networks.js';
import { plainNetwork, productNetwork, sirenNetwork } from './networks.js';
import { sampleTimes } from './sound.js';
import type { Store } from './store.js';
import { train } from './train.js';

/** Periods of each wave on the interval; all are equally loud. */
const FREQUENCIES = [1, 2, 4, 8, 16, 32, 64];
const SAMPLES = 512;
const PARAMETERS = 1024;
const MARKS = 50;
/** Neighbours see the interval so many times wider: what is one bump of theirs is not the whole of it. */
const NEIGHBOUR_SCALE = 10;
/** A frequency counts as learned when no more than this share of it is missing. */
const LEARNED = 0.1;

interface Run {
  readonly name: string;
  readonly parameters: number;
  /** For each frequency: the first step from which it stays learned; null: never. */
  readonly learnedAt: readonly (number | null)[];
  /** For each frequency: the share that is missing after an eighth of the steps. */
  readonly early: readonly number[];
}

function contenders(): readonly (readonly [Trainee, number])[] {
  const shape = { inputs: 1, parameters: PARAMETERS };
  const waves = { ...shape, frequencies: [60, 2] };
  return [
    [productNetwork({ ...waves, activation: 'spder' }), 1e-2],
    [productNetwork({ ...waves, activation: 'sin' }), 1e-2],
    [productNetwork({ ...waves, activation: 'tanh' }), 1e-2],
    [productNetwork({ ...waves, activation: 'relu' }), 1e-2],
    [sirenNetwork({ ...shape, activation: 'sin' }), 1e-3],
    [sirenNetwork({ ...shape, activation: 'spder' }), 1e-3],
    [plainNetwork({ ...shape, activation: 'tanh' }), 3e-3],
    [plainNetwork({ ...shape, activation: 'relu' }), 3e-3],
    ...NEIGHBOURS.map((name) => [neighbour(name, { ...shape, scale: NEIGHBOUR_SCALE }), 1e-2] as const),
  ];
}

export const spectrum: Experiment = {
  name: 'spectrum',
  question: 'What is learned first, frequency by frequency?',
  async run(effort, store) {
    const steps = { check: 50, quick: 500, full: 3000 }[effort];
    const runs: Run[] = [];
    for (const [contender, rate] of contenders()) runs.push(await learn(contender, rate, steps, store));
    return {
      words: [
        `${FREQUENCIES.length} waves of equal loudness, of ${FREQUENCIES[0]} to ${FREQUENCIES.at(-1)} periods, added up at ${SAMPLES} points and learned by networks of about ${PARAMETERS} parameters in ${steps} steps. ` +
          `The table says after how many steps a frequency was learned for good (less than a tenth of it missing); - is never.`,
      ],
      tables: [
        {
          head: ['network', 'parameters', ...FREQUENCIES.map((periods) => `${periods} periods`)],
          rows: runs.map((run) => [run.name, run.parameters, ...run.learnedAt.map((step) => step ?? '-')]),
        },
      ],
      figures: [
        curvesFigure({
          id: 'spectrum-early',
          title: `What is missing after ${steps / 10} steps`,
          caption: 'Share of each frequency that the network does not have yet; lower is better.',
          xLabel: 'periods',
          yLabel: 'missing share',
          xText: (x) => (Number.isInteger(x) ? String(2 ** x) : ''),
          curves: runs.map(({ name, early }) => ({
            name,
            points: early.map((y, k) => ({ x: Math.log2(FREQUENCIES[k]), y })),
          })),
        }),
      ],
      pictures: [],
      summary: Object.fromEntries(runs.map((run) => [run.name, run.learnedAt.filter((step) => step !== null).length])),
    };
  },
};

async function learn(contender: Trainee, rate: number, steps: number, store: Store): Promise<Run> {
  const { name } = contender;
  return store.result({ experiment: 'spectrum', name, network: contender.settings, rate, steps }, async () => {
    const times = sampleTimes(SAMPLES);
    const phase = (periods: number): number => 1.7 * periods;
    const y = times.data.map(
      (t) => FREQUENCIES.reduce((sum, periods) => sum + Math.sin(Math.PI * periods * t + phase(periods)), 0) / 2,
    );
    const trained = await train(contender, times, { y }, { steps, rate, seed: 5, marks: MARKS });
    trained.dispose();
    const missing = trained.marks.map(({ outputs }) => FREQUENCIES.map((periods) => missingShare(outputs, y, periods)));
    const learnedAt = FREQUENCIES.map((_, k) => {
      const last = missing.findLastIndex((shares) => shares[k] > LEARNED);
      return last + 1 < MARKS ? trained.marks[last + 1].step : null;
    });
    return { name, parameters: contender.size, learnedAt, early: missing[MARKS / 10 - 1] };
  });
}

/** The size of the difference's part of that frequency over that of y. */
export function missingShare(outputs: ArrayLike<number>, y: ArrayLike<number>, periods: number): number {
  const part = (signal: (i: number) => number): number => {
    let [re, im] = [0, 0];
    for (let i = 0; i < y.length; i++) {
      const angle = (2 * Math.PI * periods * (i + 0.5)) / y.length;
      re += signal(i) * Math.cos(angle);
      im += signal(i) * Math.sin(angle);
    }
    return Math.hypot(re, im);
  };
  return part((i) => outputs[i] - y[i]) / part((i) => y[i]);
}
