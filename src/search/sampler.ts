/** @file What proposes the next parameters, and the simplest one that does. */

import type { Rng } from '../core/index.js';
import { type Assignment, type Draw, sampleSpace, type Space } from './space.js';

/** What is known of one finished trial. A failed trial has the loss Infinity. */
export interface Observation {
  readonly assignment: Assignment;
  /** Smaller is better. */
  readonly loss: number;
}

export interface Suggestion extends Draw {
  /** How it came about: 'random', 'tpe'. */
  readonly origin: string;
}

export interface Sampler {
  /** Stays in the space; the same arguments and the same state of `rng` give the same suggestion. */
  suggest(space: Space, history: readonly Observation[], rng: Rng): Suggestion;
}

/** Draws from the space's own distributions and learns nothing. */
export const randomSampler: Sampler = {
  suggest: (space, _history, rng) => ({ ...sampleSpace(space, rng), origin: 'random' }),
};
