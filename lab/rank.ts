/** @file Theory: functions of known rank, by LRNNs of one product layer: a layer of as many neurons is enough. */

import { Rng } from '../src/core/index.js';
import { curvesFigure } from './curves.js';
import { lowRank, uniformPoints } from './dimension.js';
import type { Effort, Experiment } from './experiment.js';
import { meanSquare } from './measures.js';
import { productNetwork } from './networks.js';
import type { Store } from './store.js';
import { train } from './train.js';

interface Size {
  readonly ofFunctions: readonly number[];
  /** From 2 on: LayerNorm makes nothing of a single neuron. */
  readonly ofNetworks: readonly number[];
  readonly seeds: readonly number[];
  readonly steps: number;
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { ofFunctions: [1, 4], ofNetworks: [2, 8], seeds: [1], steps: 60 },
  quick: { ofFunctions: [1, 4, 16], ofNetworks: [2, 4, 8, 16, 32], seeds: [1], steps: 400 },
  full: { ofFunctions: [1, 2, 4, 8, 16], ofNetworks: [2, 4, 8, 16, 32, 64], seeds: [1, 2, 3], steps: 2000 },
};
const INPUTS = 3;
const TRAIN = 2048;
const TEST = 1024;
const RATE = 1e-2;

export const rank: Experiment = {
  name: 'rank',
  question: 'How does the error fall with the rank of the network, for functions of known rank?',
  async run(effort, store) {
    const { ofFunctions, ofNetworks, seeds, steps } = SIZES[effort];
    const errors: number[][] = [];
    for (const own of ofFunctions) {
      const row: number[] = [];
      for (const neurons of ofNetworks) {
        const found: number[] = [];
        for (const seed of seeds) found.push(await error({ own, neurons, seed, steps }, store));
        row.push(geometricMean(found));
      }
      errors.push(row);
    }
    return {
      words: [
        `Sums of products of one wave per coordinate, in ${INPUTS} dimensions, of rank ${ofFunctions.join(', ')}; LRNNs of one product layer as wide as the input with ${ofNetworks.join(', ')} neurons, ` +
          `${steps} steps of 512 of ${TRAIN} points, ${seeds.length} seed(s). The error is that on ${TEST} other points, over the function's deviation.`,
      ],
      tables: [
        {
          head: ['rank of the function', ...ofNetworks.map((neurons) => `${neurons} neurons`)],
          rows: ofFunctions.map((own, i) => [String(own), ...errors[i].map((value) => value.toPrecision(2))]),
        },
      ],
      figures: [
        curvesFigure({
          id: 'rank',
          title: 'Error by rank of the network',
          caption: 'Test error over the deviation of the function, as powers of ten; ticks of neurons double.',
          xLabel: 'neurons',
          yLabel: 'log10 of the error',
          xText: (x) => (Number.isInteger(x) ? String(2 ** x) : ''),
          curves: ofFunctions.map((own, i) => ({
            name: `rank ${own}`,
            points: errors[i].map((value, k) => ({ x: Math.log2(ofNetworks[k]), y: Math.log10(value) })),
          })),
        }),
      ],
      pictures: [],
      summary: Object.fromEntries(
        ofFunctions.map((own, i) => [`rank ${own}`, errors[i].map((value) => Number(value.toPrecision(2)))]),
      ),
    };
  },
};

async function error(
  { own, neurons, seed, steps }: { own: number; neurons: number; seed: number; steps: number },
  store: Store,
): Promise<number> {
  const shape = { inputs: INPUTS, parameters: 0, rank: neurons, width: INPUTS, hidden: 4, depth: 1 };
  const network = productNetwork({ ...shape, activation: 'sin', frequencies: [1] });
  return store.result({ experiment: 'rank', own, network: network.settings, seed, steps }, async () => {
    const rng = new Rng(700 + seed);
    const f = lowRank(INPUTS, own, rng);
    const [X, other] = [uniformPoints(TRAIN, INPUTS, rng), uniformPoints(TEST, INPUTS, rng)];
    const trained = await train(network, X, { y: f(X) }, { steps, rate: RATE, seed, batch: 512, marks: 1 });
    const found = await trained.predict(other);
    trained.dispose();
    return Math.sqrt(meanSquare(found, f(other)));
  });
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
