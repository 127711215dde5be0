/** @file Judging what is learned from out-of-fold predictions on folds that it was not learned from. */

import type { RowWeights } from '../evaluate/index.js';

export interface CrossFit {
  /** Row positions of each fold. */
  readonly parts: readonly Uint32Array[];
  readonly weights?: RowWeights | undefined;
  /** Folds follow each other in time: learn from earlier ones only, and leave the first as it is. */
  readonly ordered?: boolean | undefined;
}

/** A fold to judge on, and the rows that may be learned from. */
export interface JudgedFold {
  readonly fold: number;
  readonly judged: Uint32Array;
  readonly others: Uint32Array;
  /** The same rows, fold by fold. */
  readonly learned: readonly Uint32Array[];
}

export function judgedFolds({ parts, ordered }: CrossFit): JudgedFold[] {
  return parts.flatMap((judged, fold) => {
    const learned = parts.filter((_, other) => (ordered ? other < fold : other !== fold));
    return learned.length > 0 ? [{ fold, judged, others: joined(learned), learned }] : [];
  });
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A gain counts when its mean is more than so many of its standard errors above 0. */
export function isClearGain(gains: ArrayLike<number>, errors: number, weights?: RowWeights): boolean {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < gains.length; i++) {
    total += weights ? weights[i] : 1;
    sum += (weights ? weights[i] : 1) * gains[i];
  }
  const mean = sum / total;
  let squares = 0;
  for (let i = 0; i < gains.length; i++) squares += ((weights ? weights[i] : 1) * (gains[i] - mean)) ** 2;
  return mean > (errors * Math.sqrt(squares)) / total && mean > 1e-9;
}
