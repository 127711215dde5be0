/** @file Tables: the paper's network against its neighbours and an MLP, at equal parameters and steps. */

import { allRows, Rng } from '../src/core/index.js';
import type { OutsideLoss } from '../src/engine/index.js';
import type { Effort, Experiment } from './experiment.js';
import { neighbour, NEIGHBOURS } from './neighbours.js';
import type { Learner, Trainee } from './networks.js';
import { plainNetwork, productNetwork } from './networks.js';
import { criticalDifference, meanRanks } from './ranks.js';
import type { Store } from './store.js';
import type { TableSet } from './table-sets.js';
import { tableSets } from './table-sets.js';
import { ADAM, cosineRate } from './train.js';

interface Size {
  readonly rows: number;
  readonly parameters: number;
  readonly steps: number;
  readonly rates: readonly number[];
  readonly seeds: readonly number[];
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { rows: 120, parameters: 120, steps: 30, rates: [1e-2], seeds: [1] },
  quick: { rows: 600, parameters: 500, steps: 200, rates: [3e-3, 1e-2], seeds: [1] },
  full: { rows: 4000, parameters: 2000, steps: 1000, rates: [1e-3, 3e-3, 1e-2], seeds: [1, 2, 3] },
};
const BATCH = 64;
/** How often the rows that choose are asked. */
const LOOKS = 10;

function contenders({ X, outputs }: TableSet, parameters: number): readonly Trainee[] {
  const shape = { inputs: X.cols, outputs, parameters };
  const product = { ...shape, frequencies: [1, 1] };
  return [
    productNetwork({ ...product, activation: 'sin' }),
    productNetwork({ ...product, activation: 'tanh' }),
    plainNetwork({ ...shape, activation: 'silu', depth: 2 }),
    ...NEIGHBOURS.map((name) => neighbour(name, shape)),
  ];
}

export const tables: Experiment = {
  name: 'tables',
  question: 'Are products of learned functions better for tables than what stands beside them?',
  async run(effort, store) {
    const size = SIZES[effort];
    const names = new Set<string>();
    const bySet = new Map<string, Map<string, number[]>>();
    for (const seed of size.seeds) {
      for (const set of await tableSets(size.rows, seed)) {
        const scores = bySet.get(set.name) ?? new Map<string, number[]>();
        bySet.set(set.name, scores);
        for (const contender of contenders(set, size.parameters)) {
          const found = await score(set, contender, { size, seed, store });
          scores.set(contender.name, [...(scores.get(contender.name) ?? []), found]);
          names.add(contender.name);
        }
      }
    }
    return outcome(size, [...names], bySet);
  },
};

/** The loss on rows that judge, over what a constant loses there; rate and step by the rows that choose. */
async function score(
  set: TableSet,
  contender: Trainee,
  { size, seed, store }: { size: Size; seed: number; store: Store },
): Promise<number> {
  const { steps, rates, rows } = size;
  const settings = { experiment: 'tables', set: set.name, rows, network: contender.settings, steps, rates, seed };
  return store.result(settings, async () => {
    let best = { choice: Infinity, test: Infinity };
    for (const rate of rates) {
      const program = contender.compile(new Rng(seed), BATCH);
      for await (const found of looks(set, program, { steps, rate, seed }))
        if (found.choice < best.choice) best = found;
      program.dispose();
    }
    return best.test;
  });
}

interface Look {
  readonly choice: number;
  readonly test: number;
}

async function* looks(
  set: TableSet,
  program: Learner,
  { steps, rate, seed }: { steps: number; rate: number; seed: number },
): AsyncGenerator<Look> {
  const { X, y, outputs, trainRows, choiceRows } = set;
  const rng = new Rng(seed);
  const rows = allRows(trainRows);
  const part = (from: number, to: number): Uint32Array => allRows(X.rows).subarray(from, to);
  const [choosing, judging] = [part(trainRows, trainRows + choiceRows), part(trainRows + choiceRows, X.rows)];
  const count = Math.min(BATCH, trainRows);
  let start = trainRows;
  for (let step = 1; step <= steps; step++) {
    if (start + count > trainRows) {
      rng.shuffle(rows);
      start = 0;
    }
    const own = rows.subarray(start, start + count);
    const sample = { X, rows, start, count };
    program.stepBy(sample, rowsLoss(y, outputs, own), { ...ADAM, learningRate: cosineRate(rate, step, steps) });
    start += count;
    if (step % Math.ceil(steps / LOOKS) !== 0) continue;
    const lost = async (asked: Uint32Array): Promise<number> => {
      const { data } = await program.predict(X, asked);
      return rowsLoss(y, outputs, asked)(data, new Float32Array(data.length)) / constantLoss(set, asked);
    };
    yield { choice: await lost(choosing), test: await lost(judging) };
  }
}

/** Mean squared error of numbers, mean log loss of classes. */
export function rowsLoss(y: Float32Array, outputs: number, rows: Uint32Array): OutsideLoss {
  const n = rows.length;
  if (outputs === 1) {
    return (found, gradient) => {
      let sum = 0;
      rows.forEach((row, i) => {
        sum += (found[i] - y[row]) ** 2 / n;
        gradient[i] = (2 * (found[i] - y[row])) / n;
      });
      return sum;
    };
  }
  return (found, gradient) => {
    let sum = 0;
    rows.forEach((row, i) => {
      const logits = Array.from(found.subarray(i * outputs, (i + 1) * outputs));
      const top = Math.max(...logits);
      const total = logits.reduce((all, logit) => all + Math.exp(logit - top), 0);
      logits.forEach((logit, c) => {
        gradient[i * outputs + c] = (Math.exp(logit - top) / total - Number(c === y[row])) / n;
      });
      sum += (top + Math.log(total) - logits[y[row]]) / n;
    });
    return sum;
  };
}

/** What the mean of the training rows, or their shares of the classes, lose on `rows`. */
function constantLoss({ y, outputs, trainRows }: TableSet, rows: Uint32Array): number {
  const constant = new Float32Array(outputs);
  if (outputs > 1) {
    for (let row = 0; row < trainRows; row++) constant[y[row]] += 1 / trainRows;
    constant.forEach((share, c) => (constant[c] = Math.log(Math.max(share, 1e-6))));
  }
  const all = Float32Array.from({ length: rows.length * outputs }, (_, i) => constant[i % outputs]);
  return rowsLoss(y, outputs, rows)(all, new Float32Array(all.length));
}

function outcome(
  { rows, parameters, steps, seeds }: Size,
  names: readonly string[],
  bySet: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>,
) {
  const sets = [...bySet.keys()];
  const scores = sets.map((set) => names.map((name) => mean(bySet.get(set)!.get(name)!)));
  const ranks = meanRanks(scores);
  const difference = criticalDifference(names.length, sets.length);
  const order = names.map((_, k) => k).sort((a, b) => ranks[a] - ranks[b]);
  const first = order[0];
  const apart = order.filter((k) => ranks[k] - ranks[first] > difference).map((k) => names[k]);
  return {
    words: [
      `${sets.length} tables (three that come with the project, seven of our own making) of at most ${rows} rows: half train, a fifth choose rate and step, the others judge. ` +
        `Networks of at most ${parameters} parameters and two hidden layers, ${steps} steps of ${BATCH} rows, ${seeds.length} seed(s). Cells are the loss over that of a constant.`,
      `Mean ranks differ beyond chance (Nemenyi, 5 %) from ${difference.toFixed(2)} on. ${names[first]} ranks best (${ranks[first].toFixed(1)}); ` +
        (apart.length > 0 ? `beyond chance behind it: ${apart.join(', ')}.` : 'none is behind it beyond chance.'),
    ],
    tables: [
      {
        head: ['network', 'mean rank', ...sets],
        rows: order.map((k) => [names[k], ranks[k].toFixed(2), ...scores.map((row) => row[k].toFixed(3))]),
      },
    ],
    figures: [],
    pictures: [],
    summary: {
      criticalDifference: Number(difference.toFixed(2)),
      ranks: Object.fromEntries(order.map((k) => [names[k], Number(ranks[k].toFixed(2))])),
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
