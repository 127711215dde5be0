import { expect } from 'chai';

import { blendGains, storeOutOfFoldRows } from '../../src/automl/index.js';
import { floatsToBytes } from '../../src/automl/state-codec.js';
import { allRows, Rng } from '../../src/core/index.js';
import { METRICS } from '../../src/evaluate/index.js';
import type { Storage } from '../../src/search/index.js';
import { createMemoryStorage } from '../../src/search/index.js';

const ROWS = 400;
const FOLDS = 4;

/** Trials that predict y with errors of their own: by family, how large they are and which of two sources they come from. */
function study(models: readonly { group: string; error: number; source: 'a' | 'b' }[]): Storage {
  const rng = new Rng(8);
  const y = Float32Array.from({ length: ROWS }, () => 5 * rng.normal());
  const errors = {
    a: Float64Array.from(y, () => rng.normal()),
    b: Float64Array.from(y, () => rng.normal()),
  };
  const storage = createMemoryStorage();
  const starts = Array.from({ length: FOLDS + 1 }, (_, fold) => (fold * ROWS) / FOLDS);
  storeOutOfFoldRows(storage, { rows: allRows(ROWS), y, starts, outputs: 1 });
  models.forEach(({ group, error, source }, number) => {
    storage.begin({ number, group, origin: 'portfolio', params: { number }, assignment: null, seed: 1 });
    const said = y.map((value, i) => value + error * errors[source][i]);
    for (let part = 0; part < FOLDS; part++) {
      const predictions = floatsToBytes(said.subarray(starts[part], starts[part + 1]));
      storage.recordPart({ trial: number, part, value: error, seconds: 1 }, { predictions });
    }
    storage.finish(number, { state: 'complete', value: error });
  });
  return storage;
}

describe('blendGains', () => {
  const gains = (storage: Storage) => blendGains(storage, METRICS.rmse, storage.trials());

  it('tells a family that the blend needs from one that says the same as a better one', () => {
    const found = gains(
      study([
        { group: 'lrnn', error: 1, source: 'a' },
        { group: 'mlp', error: 1.2, source: 'b' },
        { group: 'linear', error: 1.5, source: 'a' },
      ]),
    );
    expect(found.get('linear')).to.equal(0);
    // Errors of their own cancel: of two equal ones the root mean square falls to 0.71.
    expect(found.get('mlp')).to.be.within(0.15, 0.35);
    // Without the lrnn there is linear, which says nearly the same.
    expect(found.get('lrnn')).to.be.within(0.05, found.get('mlp')!);
  });

  it('has nothing to say of one family, and leaves the dummy aside', () => {
    const one = study([
      { group: 'lrnn', error: 1, source: 'a' },
      { group: 'dummy', error: 5, source: 'b' },
    ]);
    expect(gains(one).size).to.equal(0);
  });
});
