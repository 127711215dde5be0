/** @file One network on one problem: all rows or batches of them, a loss by row or from outside, and what it said on the way. */

import type { Matrix } from '../src/core/index.js';
import { allRows, Rng } from '../src/core/index.js';
import type { OutsideLoss, Update } from '../src/engine/index.js';
import type { Trainee } from './networks.js';

/** What is to be learned: numbers for every row, or whatever a loss from outside wants of all rows together. */
export type Goal = { readonly y: Float32Array } | { readonly loss: OutsideLoss };

export interface Course {
  readonly steps: number;
  /** Adam's learning rate at the first step; it falls along a cosine to 0. */
  readonly rate: number;
  readonly seed: number;
  /** Rows in a step; all where left out. A loss from outside always sees all. */
  readonly batch?: number;
  /** How often on the way `look` is asked: after every steps / marks steps. */
  readonly marks?: number;
}

export interface Mark {
  readonly step: number;
  /** Of training so far. */
  readonly seconds: number;
  /** The mean loss since the mark before. */
  readonly loss: number;
  /** Outputs for X, row-major. */
  readonly outputs: Float32Array;
}

export interface Trained {
  readonly marks: readonly Mark[];
  readonly seconds: number;
  /** Outputs for other rows. */
  predict(coordinates: Matrix): Promise<Float32Array>;
  dispose(): void;
}

/** Below this Adam divides by its epsilon: residuals of 1e-7 have gradients of the usual 1e-8. */
const EPSILON = 1e-12;

/** Trains `contender` on the coordinates. Random: draws from course.seed only. */
export async function train(
  contender: Trainee,
  coordinates: Matrix,
  goal: Goal,
  { steps, rate, seed, batch = coordinates.rows, marks = 10 }: Course,
): Promise<Trained> {
  const rng = new Rng(seed);
  const X = contender.encode(coordinates);
  const program = contender.compile(rng, batch);
  const rows = allRows(X.rows);
  const found: Mark[] = [];
  let seconds = 0;
  let start = 0;
  let since = performance.now();
  for (let step = 1; step <= steps; step++) {
    const update = { ...ADAM, learningRate: cosineRate(rate, step, steps) };
    if (start === 0 && batch < X.rows) rng.shuffle(rows);
    const sample = { X, rows, start, count: Math.min(batch, X.rows - start) };
    if ('y' in goal) program.step({ ...sample, y: goal.y }, update);
    else program.stepBy(sample, goal.loss, update);
    start = (start + sample.count) % X.rows;
    if (Math.floor((step * marks) / steps) === Math.floor(((step - 1) * marks) / steps)) continue;
    seconds += (performance.now() - since) / 1000;
    found.push({ step, seconds, loss: await program.readLoss(), outputs: (await program.predict(X)).data });
    since = performance.now();
  }
  return {
    marks: found,
    seconds,
    predict: async (other) => (await program.predict(contender.encode(other))).data,
    dispose: () => program.dispose(),
  };
}

/** The rate at step 1, 2, ...: from `rate` to 0 along a cosine. */
export function cosineRate(rate: number, step: number, steps: number): number {
  return (rate / 2) * (1 + Math.cos((Math.PI * (step - 1)) / steps));
}

export const ADAM: Omit<Update, 'learningRate'> = {
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: EPSILON,
  dropout: 0,
  dropoutSeed: 0,
  clipNorm: Infinity,
};
