import { expect } from 'chai';

import { nestedError } from '../../bench/nested/error.js';
import type { NestedShape } from '../../bench/nested/tables.js';
import { nestedTable } from '../../bench/nested/tables.js';
import type { TrainedFamily } from '../../src/core/index.js';

async function ratio(shape: NestedShape, family: TrainedFamily, apart = true): Promise<number> {
  const request = { table: nestedTable(shape, 1), family, folds: 3, seed: 1, apart };
  return (await nestedError(request)) / (await nestedError({ ...request, without: 'device' }));
}

describe('a category that new rows do not know', function () {
  this.timeout(120_000);
  const nested: NestedShape = { kind: 'group', groups: 40, rowsPerGroup: 10, groupsPerDevice: 1 };

  for (const family of ['linear', 'xgboost', 'mlp', 'lrnn'] as const) {
    it(`does a ${family} no harm on new groups`, async () => {
      expect(await ratio(nested, family)).to.be.at.most(1.05);
    });
  }

  it('does harm where encodings are learned across groups, which is what this looks for', async () => {
    expect(await ratio(nested, 'linear', false)).to.be.above(1.1);
  });

  it('does no harm at later times, and helps where its levels last or are shared', async () => {
    expect(await ratio({ ...nested, kind: 'time' }, 'linear')).to.be.at.most(1.05);
    expect(await ratio({ ...nested, kind: 'lasting' }, 'linear')).to.be.at.most(0.8);
    expect(await ratio({ ...nested, groups: 80, groupsPerDevice: 4 }, 'xgboost')).to.be.at.most(0.95);
  });
});
