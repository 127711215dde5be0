import { wasmEngine } from '../../src/engine/index.js';
import { mlp } from '../../src/models/index.js';
import { restoreNetwork } from '../../src/models/network.js';
import { describeEstimator } from '../conformance/estimator.js';

const PROMISES = {
  restore: restoreNetwork,
  deterministic: false,
  missing: 'refused',
  learns: true,
  reports: true,
  engine: wasmEngine,
  // Rows of one batch share SIMD lanes with others: sums may differ in the last bits.
  batchTolerance: { rtol: 1e-5, atol: 1e-6 },
} as const;

const embedding = { form: 'basis', hidden: 8, activation: 'tanh' } as const;

describeEstimator('mlp', () => mlp({ width: 32, epochs: 30, learningRate: 0.01 }), {
  ...PROMISES,
  makeSlow: () => mlp({ epochs: 1000, patience: 1000 }),
});

describeEstimator(
  'mlp behind functions of its columns',
  () => mlp({ width: 32, epochs: 30, learningRate: 0.01, embedding }),
  { ...PROMISES, makeSlow: () => mlp({ epochs: 1000, patience: 1000, embedding }) },
);
