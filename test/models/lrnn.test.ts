import { wasmEngine } from '../../src/engine/index.js';
import { lrnn } from '../../src/models/index.js';
import { restoreNetwork } from '../../src/models/network.js';
import { describeEstimator } from '../conformance/estimator.js';

/** Rows of one batch share SIMD lanes with others: sums may differ in the last bits. */
const BATCH_TOLERANCE = { rtol: 1e-5, atol: 1e-6 };
const SMALL = { rank: 12, width: 3, hidden: 4, epochs: 30 };

describeEstimator(
  'lrnn with an axis layer',
  () => lrnn({ ...SMALL, first: { projection: 'axis', rank: 16, hidden: 4, activation: 'tanh' } }),
  {
    restore: restoreNetwork,
    deterministic: false,
    missing: 'refused',
    learns: true,
    reports: true,
    engine: wasmEngine,
    batchTolerance: BATCH_TOLERANCE,
    makeSlow: () => lrnn({ epochs: 1000, patience: 1000 }),
  },
);

describeEstimator('lrnn of dense layers', () => lrnn({ ...SMALL, activation: 'sin', first: { projection: 'dense' } }), {
  restore: restoreNetwork,
  deterministic: false,
  missing: 'refused',
  learns: true,
  reports: true,
  engine: wasmEngine,
  batchTolerance: BATCH_TOLERANCE,
});
