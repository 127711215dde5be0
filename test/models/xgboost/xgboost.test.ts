import { restoreXgboost, xgboost } from '../../../src/models/xgboost/xgboost.js';
import { describeEstimator } from '../../conformance/estimator.js';

describeEstimator('xgboost', () => xgboost({ rounds: 60, maxDepth: 3, minChildWeight: 0.1 }), {
  restore: restoreXgboost,
  deterministic: false,
  missing: 'handled',
  learns: true,
  reports: true,
  makeSlow: () => xgboost({ rounds: 1000, maxDepth: 6, treeMethod: 'hist' }),
});
