import { readFileSync } from 'node:fs';

import type { Task } from '../../src/core/index.js';
import { allRows, matrixFrom } from '../../src/core/index.js';
import { referenceEngine } from '../../src/engine/index.js';
import { linear } from '../../src/models/linear.js';
import { assertClose } from '../support/close.js';

interface Case {
  name: string;
  task: Task;
  k: number;
  alpha: number;
  /** The first rows are trained on, the others predicted. */
  train: number;
  X: number[][];
  y: number[];
  weights: number[] | null;
  expected: number[][];
}

const golden = JSON.parse(readFileSync(new URL('../golden/models/linear.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

// Predictions are float32. Logistic fits stop when a step promises less than 1e-8 nats per row: its square root is 1e-4 in
// a logit, a quarter of that in a probability, and what is left after the promised step is a few times that.
const TOLERANCE = { regression: { rtol: 1e-6, atol: 1e-6 }, classes: { rtol: 0, atol: 1e-4 } };

describe('linear against scikit-learn', () => {
  for (const { name, task, k, alpha, train, X, y, weights, expected } of golden.cases) {
    it(`agrees on: ${name}`, async () => {
      const sample = {
        X: matrixFrom(X),
        y: Float32Array.from(y),
        rows: allRows(train),
        weights: weights ? Float32Array.from(weights) : undefined,
      };
      const model = await linear({ alpha }).fit(sample, { task, k, seed: 0, engine: referenceEngine });
      const out = await model.predict(matrixFrom(X.slice(train)));
      assertClose(out.data, expected.flat(), TOLERANCE[task === 'regression' ? task : 'classes']);
    });
  }
});
