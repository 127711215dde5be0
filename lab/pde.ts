/** @file Differential equations: an LRNN of an eighth of SIREN's parameters against SIREN and finite differences. */

import { curvesFigure } from './curves.js';
import type { Equation } from './equations.js';
import { poissonLine, poissonSquare, reactionDiffusion, waves } from './equations.js';
import type { Effort, Experiment, Outcome } from './experiment.js';
import type { Contender } from './networks.js';
import { productNetwork, sirenNetwork } from './networks.js';
import { differenceError, GRID_SIDE, solve, testGrid } from './solve.js';
import type { Store } from './store.js';

interface Size {
  /** Of the LRNNs; SIREN has eight times as many. */
  readonly parameters: number;
  /** Points in a step on a line, and on a square. */
  readonly points: readonly [number, number];
  readonly steps: readonly [number, number];
  readonly equations: readonly Equation[];
  readonly seeds: readonly number[];
}

const SIZES: Readonly<Record<Effort, Size>> = {
  check: { parameters: 120, points: [48, 64], steps: [60, 40], equations: [poissonSquare(1)], seeds: [3] },
  quick: {
    parameters: 400,
    points: [128, 192],
    steps: [300, 200],
    equations: [poissonLine(3), poissonSquare(2), reactionDiffusion(), waves()],
    seeds: [3],
  },
  full: {
    parameters: 1000,
    points: [256, 400],
    steps: [1500, 1000],
    equations: [poissonLine(6), poissonSquare(4), reactionDiffusion(), waves()],
    seeds: [3, 4, 5],
  },
};
const RATIO = 8;
/** SIREN's own learning rate. */
const PUBLISHED_RATE = 1e-4;

interface Run {
  readonly name: string;
  readonly rate: number;
  readonly parameters: number;
  readonly curve: readonly { readonly step: number; readonly error: number }[];
  readonly error: number;
  readonly seconds: number;
  readonly values: readonly number[];
}

/** One product layer of the equation's frequencies; SIREN as published, and with the equation's frequencies at a higher rate. */
export function contenders(
  { inputs, frequency }: Equation,
  parameters: number,
): readonly (readonly [Contender, number])[] {
  const product = { inputs, parameters, activation: 'sin', depth: 1, frequencies: [1.25 * frequency] } as const;
  const shape = { inputs, activation: 'sin', parameters: RATIO * parameters } as const;
  return [
    [productNetwork(product), 2e-2],
    [productNetwork({ ...product, hidden: 1 }), 3e-2],
    [sirenNetwork(shape), PUBLISHED_RATE],
    [sirenNetwork({ ...shape, firstOmega: frequency }), 1e-3],
  ];
}

export const pde: Experiment = {
  name: 'poisson',
  question: 'Does an LRNN solve differential equations as well as a SIREN of eight times its parameters?',
  async run(effort, store) {
    const size = SIZES[effort];
    const parts: Part[] = [];
    for (const equation of size.equations) {
      const runs: Run[] = [];
      for (const [contender, rate] of contenders(equation, size.parameters))
        runs.push(await overSeeds(equation, contender, rate, { size, store }));
      const points = size.points[equation.inputs - 1];
      parts.push({ equation, runs, differences: differenceError(equation, points), points });
    }
    return outcome(size, parts);
  },
};

interface Part {
  readonly equation: Equation;
  readonly runs: readonly Run[];
  /** The error of finite differences. */
  readonly differences: number;
  readonly points: number;
}

interface Context {
  readonly size: Size;
  readonly store: Store;
}

/** Curve and solution of the first seed, the geometric mean of all seeds' errors. */
async function overSeeds(equation: Equation, contender: Contender, rate: number, context: Context): Promise<Run> {
  const runs: Run[] = [];
  for (const seed of context.size.seeds) runs.push(await solved(equation, contender, { rate, seed }, context));
  return { ...runs[0], error: Math.exp(runs.reduce((sum, run) => sum + Math.log(run.error), 0) / runs.length) };
}

async function solved(
  equation: Equation,
  contender: Contender,
  { rate, seed }: { rate: number; seed: number },
  { size, store }: Context,
): Promise<Run> {
  const { name } = contender;
  const course = { steps: size.steps[equation.inputs - 1], points: size.points[equation.inputs - 1], rate, seed };
  const settings = { experiment: 'pde', title: equation.title, name, network: contender.settings, course };
  return store.result(settings, async () => {
    const solution = await solve(equation, contender, course);
    return { name, rate, parameters: contender.size, ...solution };
  });
}

function outcome(size: Size, parts: readonly Part[]): Outcome {
  const summaries = parts.map((part) => [part.equation.name, summarised(part)] as const);
  return {
    words: [
      `Networks are trained to have no residual, by their exact second derivatives: LRNNs of ${size.parameters} parameters, SIRENs of ${RATIO} times as many, ` +
        `${size.steps[0]} steps of ${size.points[0]} points on a line and ${size.steps[1]} of ${size.points[1]} on a square, drawn anew in each step. ` +
        `The error is that of the solution, as a share of its size, of ${size.seeds.length} seed(s) the geometric mean. Finite differences of second order stand on as many points (of the line, the square, or a line that moves in time), where each takes milliseconds.`,
      ...summaries.map(
        ([, at], i) =>
          `${parts[i].equation.title}: LRNN ${at.lrnn}, SIREN as published ${at.sirenPublished} and at its best here ${at.siren}; finite differences ${at.differences}. LRNN / SIREN is ${at.ratio}.`,
      ),
    ],
    tables: parts.map(({ equation, runs, differences, points }) => ({
      head: [equation.title, 'rate', 'parameters', 'error', 'seconds'],
      rows: [
        ...runs.map((run) => [
          run.name,
          String(run.rate),
          run.parameters,
          run.error.toPrecision(3),
          run.seconds.toFixed(1),
        ]),
        [`finite differences, ${points} points`, '', '', differences.toPrecision(3), ''],
      ],
    })),
    figures: parts.map(({ equation, runs }) =>
      curvesFigure({
        id: `pde-${equation.name}`,
        title: equation.title,
        caption: 'Error of the solution by step, as powers of ten; lower is better.',
        xLabel: 'step',
        yLabel: 'log10 of the error',
        curves: runs.map((run) => ({
          name: `${run.name} ${run.rate}`,
          points: run.curve.map(({ step, error }) => ({ x: step, y: Math.log10(error) })),
        })),
      }),
    ),
    pictures: parts.filter(({ equation }) => equation.inputs === 2).flatMap(errorMaps),
    summary: Object.fromEntries(summaries),
  };
}

function summarised({ runs, differences }: Part) {
  const best = (name: string): number => Math.min(...runs.filter((run) => run.name === name).map(({ error }) => error));
  const published = runs.find(({ name, rate }) => name === 'SIREN' && rate === PUBLISHED_RATE)!.error;
  const [lrnn, siren] = [best('LRNN-sin'), best('SIREN')];
  return {
    lrnn: short(lrnn),
    siren: short(siren),
    sirenPublished: short(published),
    differences: short(differences),
    ratio: short(lrnn / siren),
    ratioPublished: short(lrnn / published),
  };
}

/** The solution, and how far the better LRNN and the better SIREN are from it, both in the same greys. */
function errorMaps({ equation, runs }: Part) {
  const grid = testGrid(2).data;
  const exact = Array.from({ length: GRID_SIDE ** 2 }, (_, i) => equation.exact([grid[2 * i], grid[2 * i + 1]]));
  const [low, high] = [Math.min(...exact), Math.max(...exact)];
  const picture = (caption: string, values: readonly number[]) => ({ caption, size: GRID_SIDE, values });
  const maps = ['LRNN-sin', 'SIREN'].map((name) => {
    const [best] = runs.filter((run) => run.name === name).sort((a, b) => a.error - b.error);
    const off = best.values.map((value, i) => Math.min(1, Math.abs(value - exact[i]) / (0.2 * (high - low))));
    return picture(`${equation.title}: error of ${name} (white: a fifth of the range)`, off);
  });
  return [
    picture(
      equation.title,
      exact.map((value) => (value - low) / (high - low)),
    ),
    ...maps,
  ];
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
