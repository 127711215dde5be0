import { dummy, restoreDummy } from '../../src/models/dummy.js';
import { describeEstimator } from '../conformance/estimator.js';

describeEstimator('dummy', dummy, {
  restore: restoreDummy,
  deterministic: true,
  missing: 'ignored',
  learns: false,
  reports: false,
});
