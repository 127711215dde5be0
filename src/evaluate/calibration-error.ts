/** @file How far probabilities are from coming true. */

import { decide } from './decisions.js';
import type { Scorer } from './metric.js';
import { probability } from './probabilities.js';

const BINS = 15;

/**
 * Expected calibration error: the mean distance, over 15 even bins of probabilities, of what was said and what came true, a bin counting as
 * its rows do. Of two classes P(class 1) is what was said; of more, the probability of the most probable class.
 *
 * Source   Guo et al. 2017, On calibration of modern neural networks
 */
export const calibrationError: Scorer = (predictions) => {
  const { rows, cols, data } = predictions;
  if (data.length === 0 || data.some(Number.isNaN)) return () => NaN;
  const isBinary = cols <= 2;
  const named = isBinary ? new Int32Array(rows).fill(1) : decide(predictions);
  const said = Float64Array.from(named, (c, i) => probability(predictions, i, c));
  const bins = Uint8Array.from(said, (p) => Math.min(BINS - 1, Math.max(0, Math.floor(p * BINS))));
  return (y, weights) => {
    const gaps = new Float64Array(BINS);
    let total = 0;
    for (let i = 0; i < y.length; i++) {
      const weight = weights ? weights[i] : 1;
      gaps[bins[i]] += weight * (said[i] - (y[i] === named[i] ? 1 : 0));
      total += weight;
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
  };
};
