/** @file Theory: functions of low rank, by rank and by dimension: what a product network needs that an MLP of the same size lacks. */

import type { Matrix } from '../src/core/index.js';
import { createMatrix, Rng } from '../src/core/index.js';
import { curvesFigure } from './curves.js';
import type { Effort, Experiment } from './experiment.js';
import { meanSquare } from './measures.js';
import type { Contender } from './networks.js';
import { plainNetwork, productNetwork } from './networks.js';
import type { Store } from './store.js';
import { train } from './train.js';

interface Size {
  readonly dimensions: readonly number[];
  readonly seeds: readonly number[];
  readonly steps: number;
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { dimensions: [2, 4], seeds: [1, 2], steps: 30 },
  quick: { dimensions: [2, 5, 12], seeds: [1, 2], steps: 400 },
  full: { dimensions: [2, 3, 5, 8, 12, 20], seeds: [1, 2, 3, 4, 5], steps: 3000 },
};
const RANK = 3;
const TRAIN = 4096;
const TEST = 2048;
const PARAMETERS = 4000;

function contenders(inputs: number): readonly (readonly [Contender, number])[] {
  const shape = { inputs, parameters: PARAMETERS };
  return [
    [productNetwork({ ...shape, activation: 'sin', depth: 1, width: inputs, hidden: 4, frequencies: [1] }), 1e-2],
    [plainNetwork({ ...shape, activation: 'silu' }), 3e-3],
    [plainNetwork({ ...shape, activation: 'relu' }), 3e-3],
  ];
}

export const dimension: Experiment = {
  name: 'dimension',
  question: 'How does the error grow with the dimension of a function of low rank?',
  async run(effort, store) {
    const { dimensions, seeds, steps } = SIZES[effort];
    const names = contenders(2).map(([{ name }]) => name);
    const errors = names.map(() => seeds.map(() => dimensions.map(() => NaN)));
    for (const [d, inputs] of dimensions.entries()) {
      for (const [k, [contender, rate]] of contenders(inputs).entries()) {
        for (const [s, seed] of seeds.entries())
          errors[k][s][d] = await error(contender, rate, { inputs, seed, steps }, store);
      }
    }
    const means = errors.map((bySeed) => dimensions.map((_, d) => mean(bySeed.map((row) => row[d]))));
    const exponents = errors.map((bySeed) => exponent(bySeed.map((row) => slopeOf(dimensions, row))));
    return {
      words: [
        `Sums of ${RANK} products of one wave per coordinate, in ${dimensions.join(', ')} dimensions; ${TRAIN} training points, networks of about ${PARAMETERS} parameters, ${steps} steps of 512 points, ${seeds.length} seeds. ` +
          `The error is that on ${TEST} other points, as a share of the function's own deviation; its exponent is the slope of log error over log dimension.`,
        ...names.map(
          (name, k) =>
            `${name}: exponent ${exponents[k].middle} (between ${exponents[k].low} and ${exponents[k].high} at 95 %).`,
        ),
      ],
      tables: [
        {
          head: ['network', ...dimensions.map((d) => `${d} dimensions`), 'exponent'],
          rows: names.map((name, k) => [
            name,
            ...means[k].map((value) => value.toFixed(4)),
            String(exponents[k].middle),
          ]),
        },
      ],
      figures: [
        curvesFigure({
          id: 'dimension',
          title: 'Error by dimension',
          caption: 'Test error over the deviation of the function, as powers of ten; lower is better.',
          xLabel: 'dimension',
          yLabel: 'log10 of the error',
          curves: names.map((name, k) => ({
            name,
            points: dimensions.map((x, d) => ({ x, y: Math.log10(means[k][d]) })),
          })),
        }),
      ],
      pictures: [],
      summary: Object.fromEntries(
        names.map((name, k) => [
          name,
          { error: means[k].map((value) => Number(value.toPrecision(3))), ...exponents[k] },
        ]),
      ),
    };
  },
};

async function error(
  contender: Contender,
  rate: number,
  { inputs, seed, steps }: { inputs: number; seed: number; steps: number },
  store: Store,
): Promise<number> {
  const { name } = contender;
  return store.result({ experiment: 'dimension', name, network: contender.settings, rate, steps, seed }, async () => {
    const rng = new Rng(900 + seed);
    const f = lowRank(inputs, RANK, rng);
    const [X, other] = [uniformPoints(TRAIN, inputs, rng), uniformPoints(TEST, inputs, rng)];
    const trained = await train(contender, X, { y: f(X) }, { steps, rate, seed, batch: 512, marks: 1 });
    const found = await trained.predict(other);
    trained.dispose();
    return Math.sqrt(meanSquare(found, f(other)));
  });
}

/** A sum of `rank` products of one wave per coordinate, of mean 0 and variance 1 over the uniform distribution on [-1, 1]^d (as sampled). */
export function lowRank(inputs: number, rank: number, rng: Rng): (X: Matrix) => Float32Array {
  const waves = Array.from({ length: rank * inputs }, () => ({
    rate: 1 + 2 * rng.uniform(),
    phase: 2 * Math.PI * rng.uniform(),
  }));
  const raw = (X: Matrix): Float64Array => {
    const out = new Float64Array(X.rows);
    for (let row = 0; row < X.rows; row++) {
      for (let k = 0; k < rank; k++) {
        let product = 1;
        for (let j = 0; j < inputs; j++) {
          const { rate, phase } = waves[k * inputs + j];
          product *= 1 + Math.sin(rate * X.data[row * inputs + j] + phase) / Math.sqrt(inputs);
        }
        out[row] += product;
      }
    }
    return out;
  };
  const sample = raw(uniformPoints(8192, inputs, rng));
  const middle = mean(Array.from(sample));
  const spread = Math.sqrt(meanSquare(sample, new Float64Array(sample.length).fill(middle)));
  return (X) => Float32Array.from(raw(X), (value) => (value - middle) / spread);
}

export function uniformPoints(rows: number, cols: number, rng: Rng): Matrix {
  const X = createMatrix(rows, cols);
  for (let i = 0; i < X.data.length; i++) X.data[i] = 2 * rng.uniform() - 1;
  return X;
}

/** The least-squares slope of log y over log x. */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const [mu, mv] = [mean(u), mean(v)];
  const cross = u.reduce((sum, value, i) => sum + (value - mu) * (v[i] - mv), 0);
  return cross / u.reduce((sum, value) => sum + (value - mu) ** 2, 0);
}

/** Student's t at 97.5 % for 1, 2, ... degrees of freedom. */
const STUDENT = [12.71, 4.303, 3.182, 2.776, 2.571];

/** The mean of the seeds' slopes with its 95 % interval. */
function exponent(slopes: readonly number[]): { middle: number; low: number; high: number } {
  const middle = mean(slopes);
  const variance = slopes.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (slopes.length - 1);
  const reach = STUDENT[slopes.length - 2] * Math.sqrt(variance / slopes.length);
  const round = (value: number): number => Math.round(100 * value) / 100;
  return { middle: round(middle), low: round(middle - reach), high: round(middle + reach) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
