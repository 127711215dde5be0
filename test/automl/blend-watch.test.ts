import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import { BlendWatch, storeOutOfFoldRows, studyRecord } from '../../src/automl/index.js';
import { floatsToBytes } from '../../src/automl/state-codec.js';
import { allRows, Rng } from '../../src/core/index.js';
import { METRICS } from '../../src/evaluate/index.js';
import type { Storage } from '../../src/search/index.js';
import { createMemoryStorage } from '../../src/search/index.js';

const FOLDS = 5;

interface Told {
  readonly group: string;
  readonly error: number;
}

/** A study whose trials predict y with errors of their own, as large as is said of them. */
function studyOf(rows: number, weights?: Float32Array) {
  const rng = new Rng(8);
  const y = Float32Array.from({ length: rows }, () => 5 * rng.normal());
  const starts = Array.from({ length: FOLDS + 1 }, (_, fold) => Math.round((fold * rows) / FOLDS));
  const storage = createMemoryStorage();
  studyRecord.setSettings(storage, { classWeights: 'none', time: null } as unknown as StudySettings);
  storeOutOfFoldRows(storage, { rows: allRows(rows), y, starts, outputs: 1, weights });
  const tell = ({ group, error }: Told): void => {
    const number = storage.trials().length;
    storage.begin({ number, group, origin: 'portfolio', params: { number }, assignment: null, seed: 1 });
    const said = y.map((value) => value + error * rng.normal());
    for (let part = 0; part < FOLDS; part++) {
      const predictions = floatsToBytes(said.subarray(starts[part], starts[part + 1]));
      storage.recordPart({ trial: number, part, value: error, seconds: 1 }, { predictions });
    }
    storage.finish(number, { state: 'complete', value: error });
  };
  return { storage, tell };
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe('BlendWatch', () => {
  it('says what each trial counts, those with smaller errors more, and guesses nothing', () => {
    const { storage, tell } = studyOf(600);
    for (const told of [
      { group: 'dummy', error: 20 },
      { group: 'lrnn', error: 1 },
      { group: 'mlp', error: 1.5 },
      { group: 'linear', error: 9 },
    ]) {
      tell(told);
    }
    const weights = new BlendWatch(storage, METRICS.rmse).weights();
    expect(sum(weights.values())).to.be.closeTo(1, 1e-9);
    expect(weights.get(1)!).to.be.greaterThan(weights.get(2)!);
    expect(weights.get(2)!).to.be.greaterThan(0.1);
    expect([weights.has(0), weights.has(3)]).to.deep.equal([false, false]);
  });

  it('knows the trials that have ended since it was asked, and sums them by family', () => {
    const { storage, tell } = studyOf(600);
    const watch = new BlendWatch(storage, METRICS.rmse);
    expect(watch.weights().size).to.equal(0);
    tell({ group: 'lrnn', error: 1 });
    expect([...watch.shares()]).to.deep.equal([['lrnn', 1]]);
    tell({ group: 'lrnn', error: 1 });
    tell({ group: 'mlp', error: 1 });
    const shares = watch.shares();
    expect(shares.get('lrnn')!).to.be.closeTo(2 / 3, 0.15);
    expect(sum(shares.values())).to.be.closeTo(1, 1e-9);
  });

  it('reads the predictions of a trial once, and of many rows looks at a sample', () => {
    const { storage, tell } = studyOf(50_000);
    for (const error of [1, 1.2, 3]) tell({ group: `of ${error}`, error });
    let reads = 0;
    const counted = Object.assign(Object.create(storage) as Storage, {
      blob: (...words: Parameters<Storage['blob']>) => {
        reads++;
        return storage.blob(...words);
      },
    });
    const watch = new BlendWatch(counted, METRICS.rmse);
    const weights = watch.weights();
    expect(weights.get(0)!).to.be.greaterThan(weights.get(1)!);
    expect(watch.weights()).to.equal(weights);
    expect(reads).to.equal(3 * FOLDS);
    tell({ group: 'new', error: 1 });
    expect(watch.weights().get(3)!).to.be.greaterThan(0.2);
    expect(reads).to.equal(4 * FOLDS);
  });

  it('looks at rows that weigh something, and at folds that have such rows', () => {
    const weighing = [
      () => false,
      (i: number) => i % 997 === 0,
      (i: number) => i < 1000,
      (i: number) => i < 500 && i % 50 === 0,
    ];
    for (const weighs of weighing) {
      const weights = Float32Array.from({ length: 5000 }, (_, i) => (weighs(i) ? 1 : 0));
      const { storage, tell } = studyOf(5000, weights);
      tell({ group: 'lrnn', error: 1 });
      tell({ group: 'linear', error: 30 });
      const known = new BlendWatch(storage, METRICS.rmse).weights();
      expect(known.size > 0, weighs.toString()).to.equal(weights.some((weight) => weight > 0));
      if (known.size > 0) expect(known.get(0)!).to.be.greaterThan(0.5);
    }
  });
});
