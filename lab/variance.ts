/** @file Theory: the product of many univariate functions and its gradients keep their variance at any width, thanks to gamma. */

import { Rng } from '../src/core/index.js';
import type { LrnnSpec } from '../src/engine/index.js';
import { initialise, parameterLayout } from '../src/engine/index.js';
import { curvesFigure } from './curves.js';
import type { Experiment } from './experiment.js';

const WIDTHS = [1, 2, 4, 8, 16, 32, 64];
const HIDDEN = 4;
/** s^2, the variance that the engine gives every univariate function. */
const FUNCTION_VARIANCE = 0.5;
const POINTS = 16;

export interface Spread {
  readonly width: number;
  /** Of the product. */
  readonly value: number;
  /** Of its slopes by each projection, added up. */
  readonly slope: number;
}

export const variance: Experiment = {
  name: 'variance',
  question: 'Does a product keep its variance, whatever its width?',
  async run(effort, store) {
    const networks = { check: 100, quick: 200, full: 2000 }[effort];
    const scaled = await store.result({ experiment: 'variance', networks, gamma: true }, async () =>
      WIDTHS.map((width) => spread(width, width ** -0.5, networks)),
    );
    const plain = await store.result({ experiment: 'variance', networks, gamma: false }, async () =>
      WIDTHS.map((width) => spread(width, 1, networks)),
    );
    const bound = Math.exp(FUNCTION_VARIANCE) - 1;
    const most = (key: 'value' | 'slope', spreads: readonly Spread[]): number =>
      Math.max(...spreads.map((at) => at[key]));
    const curve = (name: string, key: 'value' | 'slope', spreads: readonly Spread[]) => ({
      name,
      points: spreads.map((at) => ({ x: Math.log2(at.width), y: Math.log10(at[key]) })),
    });
    const figure = (key: 'value' | 'slope', title: string) =>
      curvesFigure({
        id: `variance-${key}`,
        title,
        caption: 'Powers of ten over the width, whose ticks double.',
        xLabel: 'width D',
        yLabel: 'log10 of the variance',
        xText: (x) => (Number.isInteger(x) ? String(2 ** x) : ''),
        curves: [curve('gamma = 1 / sqrt(D)', key, scaled), curve('gamma = 1', key, plain)],
      });
    const summary = {
      networks,
      widths: [WIDTHS[0], WIDTHS.at(-1)],
      bound: short(bound),
      largest: short(most('value', scaled)),
      largestSlope: short(most('slope', scaled)),
      largestWithoutGamma: short(most('value', plain)),
      isBounded: most('value', scaled) <= 1.5 * bound,
    };
    return {
      words: [
        `${networks} networks for each width from 1 to 64, with the engine's first weights, at ${POINTS} points each: the variance of prod_j (1 + gamma g_j) over networks and points, and that of its slopes by every projection, added up.`,
        `With gamma = 1 / sqrt(D) the variance of the product is at most ${summary.largest} (the lemma's bound, exp(s^2) - 1 with s^2 = ${FUNCTION_VARIANCE}, is ${summary.bound}); without gamma it grows to ${summary.largestWithoutGamma}.`,
      ],
      tables: [
        {
          head: ['width', 'product', 'slopes', 'product, gamma = 1', 'slopes, gamma = 1'],
          rows: scaled.map((at, i) =>
            [String(at.width), at.value, at.slope, plain[i].value, plain[i].slope].map(shortCell),
          ),
        },
      ],
      figures: [figure('value', 'Variance of the product'), figure('slope', 'Variance of its slopes')],
      pictures: [],
      summary,
    };
  },
};

function shortCell(value: string | number): string {
  return typeof value === 'string' ? value : String(short(value));
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}

/** Variances over one neuron of `width` factors in each of many networks, over points whose projections are normal. */
export function spread(width: number, gamma: number, networks: number): Spread {
  const spec: LrnnSpec = {
    kind: 'lrnn',
    inputs: 1,
    outputs: 1,
    inputSkip: false,
    frontScale: false,
    layers: [{ rank: 1, width, hidden: HIDDEN, activation: 'sin', projection: 'dense', sharing: 'neuron' }],
  };
  const rng = new Rng(21 + width);
  let [sum, squares, slopes] = [0, 0, 0];
  for (let network = 0; network < networks; network++) {
    const neuron = tensorsOf(spec, initialise(spec, rng));
    for (let point = 0; point < POINTS; point++) {
      const { value, slopeSquares } = product(neuron, width, gamma, rng);
      sum += value;
      squares += value * value;
      slopes += slopeSquares;
    }
  }
  const count = networks * POINTS;
  // Slopes have mean 0: the sign of every `a` is a coin's.
  return { width, value: squares / count - (sum / count) ** 2, slope: slopes / count };
}

type Neuron = Readonly<Record<string, Float32Array>>;

function tensorsOf(spec: LrnnSpec, flat: Float32Array): Neuron {
  const { tensors } = parameterLayout(spec);
  return Object.fromEntries(
    tensors.map(({ name, offset, size }) => [name.replace('layer0.', ''), flat.subarray(offset, offset + size)]),
  );
}

/** The product and the sum of the squares of its slopes, at projections drawn from the normal distribution. */
function product(
  { omega, beta, a }: Neuron,
  width: number,
  gamma: number,
  rng: Rng,
): { value: number; slopeSquares: number } {
  const factors = new Float64Array(width);
  const slopes = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    const z = rng.normal();
    factors[j] = 1;
    for (let m = j * HIDDEN; m < (j + 1) * HIDDEN; m++) {
      factors[j] += gamma * a[m] * Math.sin(omega[m] * z + beta[m]);
      slopes[j] += gamma * a[m] * omega[m] * Math.cos(omega[m] * z + beta[m]);
    }
  }
  let slopeSquares = 0;
  for (let j = 0; j < width; j++) {
    let others = slopes[j];
    for (let i = 0; i < width; i++) if (i !== j) others *= factors[i];
    slopeSquares += others * others;
  }
  return { value: factors.reduce((all, factor) => all * factor, 1), slopeSquares };
}
