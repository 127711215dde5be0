/**
 * @file The words of a search space. Each returns an expression of hpjs (npm: hyperparameters, HyperOpt for JavaScript):
 * plain JSON such as `{ name: 'uniform', low: 0, high: 1 }`, so that a space can be stored, compared and sent to a thread.
 */

import { check } from '../core/index.js';
import type { Choice, Distribution } from './distribution.js';
import type { Expression } from './space.js';

export const hp = {
  /** One of the options; an option may hold further distributions, which then matter only when it is chosen. */
  choice: (options: readonly Expression[]): Choice => ({ name: 'choice', options }),
  /** An integer in [0, upper) whose neighbours have nothing in common (a seed, an index). For sizes take `integer`. */
  randint: (upper: number): Distribution => ({ name: 'randint', upper }),
  uniform: (low: number, high: number): Distribution => ({ name: 'uniform', low, high }),
  /** A multiple of q in [low, high]. As in HyperOpt the ends are half as likely as the rest. */
  quniform: (low: number, high: number, q: number): Distribution => ({ name: 'quniform', low, high, q }),
  /** exp(uniform(low, high)): as in HyperOpt the bounds are logarithms. `logRange` takes the bounds themselves. */
  loguniform: (low: number, high: number): Distribution => ({ name: 'loguniform', low, high }),
  /** A multiple of q near exp(uniform(low, high)); the bounds are logarithms. */
  qloguniform: (low: number, high: number, q: number): Distribution => ({ name: 'qloguniform', low, high, q }),
  normal: (mu: number, sigma: number): Distribution => ({ name: 'normal', mu, sigma }),
  qnormal: (mu: number, sigma: number, q: number): Distribution => ({ name: 'qnormal', mu, sigma, q }),
  lognormal: (mu: number, sigma: number): Distribution => ({ name: 'lognormal', mu, sigma }),
  qlognormal: (mu: number, sigma: number, q: number): Distribution => ({ name: 'qlognormal', mu, sigma, q }),

  /** An integer in [low, high], all equally likely: `quniform(low - 0.5, high + 0.5, 1)`. */
  integer(low: number, high: number): Distribution {
    check(Number.isInteger(low) && Number.isInteger(high), 'hp.integer', 'bounds must be integers', [low, high]);
    return hp.quniform(low - 0.5, high + 0.5, 1);
  },
  /** A number in [low, high], uniform in its logarithm: `loguniform(log low, log high)`. */
  logRange(low: number, high: number): Distribution {
    check(low > 0, 'hp.logRange', 'low must be above 0', low);
    return hp.loguniform(Math.log(low), Math.log(high));
  },
  /** An integer in [low, high], nearly uniform in its logarithm. */
  logInteger(low: number, high: number): Distribution {
    check(Number.isInteger(low) && Number.isInteger(high), 'hp.logInteger', 'bounds must be integers', [low, high]);
    check(low >= 1, 'hp.logInteger', 'low must be at least 1', low);
    return hp.qloguniform(Math.log(low - 0.5), Math.log(high + 0.5), 1);
  },
} as const;
