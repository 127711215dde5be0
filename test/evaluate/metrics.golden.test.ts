import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Matrix, Task } from '../../src/core/index.js';
import { matrixFrom } from '../../src/core/index.js';
import { metricFor, metricNames } from '../../src/evaluate/index.js';
import { assertClose } from '../support/close.js';

interface Case {
  name: string;
  task: Task;
  y: number[];
  predictions: number[][];
  weights: number[] | null;
  expected: Record<string, number>;
}

const golden = JSON.parse(readFileSync(new URL('../golden/evaluate/metrics.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

// Clipping and 1 - p happen in float32 on scikit-learn's side and in float64 here: a few float32 epsilons.
const TOLERANCE = { rtol: 1e-6, atol: 1e-7 };

describe('metrics against scikit-learn', () => {
  for (const { name, task, y, predictions, weights, expected } of golden.cases) {
    it(`agree on: ${name}`, () => {
      const matrix: Matrix = matrixFrom(predictions);
      const rowWeights = weights ? Float64Array.from(weights) : undefined;
      expect(metricNames(task)).to.include.members(Object.keys(expected));
      for (const [metric, value] of Object.entries(expected)) {
        const score = metricFor(metric, task).compute(Float64Array.from(y), matrix, rowWeights);
        assertClose([score], [value], TOLERANCE, metric);
      }
    });
  }
});
