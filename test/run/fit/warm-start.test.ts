import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng, ToolkitError } from '../../../src/core/index.js';
import { catalogEntry } from '../../../src/models/index.js';
import { distanceOf, findWarmStart, withWarmStart } from '../../../src/run/fit/warm-start.js';
import { fit, openStudy } from '../../../src/run/index.js';
import { assignmentOf } from '../../../src/search/index.js';

const SHAPE = { task: 'regression', rows: 1000, columns: 10, categorical: 0.5, classes: 1 } as const;

function table(rows: number, seed: number): string {
  const rng = new Rng(seed);
  const lines = Array.from({ length: rows }, () => {
    const [a, b] = [rng.uniform(), rng.uniform()];
    return `${a},${b},${2 * a - b + 0.1 * rng.uniform()}`;
  });
  return ['a,b,y', ...lines].join('\n');
}

describe('a warm start', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-warm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('calls tables alike that have about as many rows, columns and categories', () => {
    expect(distanceOf(SHAPE, SHAPE)).to.equal(0);
    expect(distanceOf(SHAPE, { ...SHAPE, rows: 2000 })).to.be.closeTo(Math.log(2), 1e-12);
    expect(distanceOf({ ...SHAPE, rows: 2000 }, SHAPE)).to.be.closeTo(Math.log(2), 1e-12);
    expect(distanceOf(SHAPE, { ...SHAPE, categorical: 1 })).to.be.closeTo(1.5, 1e-12);
  });

  it('comes after the default and before the rest, and repeats nothing', () => {
    const made = withWarmStart([{ x: 1 }, { x: 2 }, { x: 3 }], [{ x: 9 }, { x: 3 }, { x: 1 }]);
    expect(made).to.deep.equal([{ x: 1 }, { x: 9 }, { x: 3 }, { x: 2 }]);
    expect(withWarmStart([{ x: 1 }])).to.deep.equal([{ x: 1 }]);
  });

  it('completes settings of before a setting came, by what every entry of the portfolio says', () => {
    const portfolio = [
      { x: 1, form: 'none', own: true },
      { form: 'basis', x: 2 },
    ];
    expect(withWarmStart(portfolio, [{ x: 1, own: true }, { x: 3 }, { x: 2, form: 'basis' }])).to.deep.equal([
      { x: 1, form: 'none', own: true },
      { x: 3, form: 'none' },
      { x: 2, form: 'basis' },
    ]);
  });

  it('completes them by what most entries say, whatever the first one tries', () => {
    const portfolio = [
      { x: 1, form: 'basis' },
      { x: 2, form: 'none' },
      { form: 'none', x: 4 },
    ];
    expect(withWarmStart(portfolio, [{ x: 3 }])[1]).to.deep.equal({ x: 3, form: 'none' });
    // What an MLP of an earlier version found was found without functions of the columns, and few rows or many do not change that.
    for (const n of [300, 900]) {
      const size = { n, d: 5, k: 3 };
      const { portfolio: entries, space } = catalogEntry('mlp');
      const { embedding, ...before } = entries(size)[0];
      expect(embedding).to.have.property('form', n < 500 ? 'none' : 'basis');
      const [, old] = withWarmStart(entries(size), [{ ...before, width: 77 }], space!(size));
      expect([old['width'], old['embedding']]).to.deep.equal([77, { form: 'none' }]);
    }
  });

  it('gives a space settings of before that it knows', () => {
    const { portfolio, space } = catalogEntry('mlp');
    const size = { n: 900, d: 5, k: 1 };
    const { embedding, ...before } = portfolio(size)[0];
    expect(embedding).to.deep.equal({ form: 'none' });
    const [first, old] = withWarmStart(portfolio(size), [{ ...before, width: 77 }]);
    expect([first['width'], old['width'], old['embedding']]).to.deep.equal([192, 77, embedding]);
    expect(assignmentOf(space!(size), old)).to.not.equal(null);
    expect(assignmentOf(space!(size), { ...before, width: 77 })).to.equal(null);
  });

  it('leaves out settings that a study has not, and keeps to what its space holds at one value', () => {
    const before = { n: 900, d: 5, k: 1, isSkewed: true, hasCategories: true };
    for (const family of ['dummy', 'linear', 'lrnn', 'mlp', 'gbdt', 'extratrees', 'xgboost', 'knn'] as const) {
      const { portfolio, space } = catalogEntry(family);
      for (const size of [before, { n: 900, d: 5, k: 1 }, { n: 9000, d: 5, k: 12 }, { ...before, metric: 'mape' }]) {
        const own = space?.(size) ?? {};
        const warm = portfolio(before).map((entry) => ({ ...entry, alsoOnce: 1 }));
        const made = withWarmStart(portfolio(size), warm, space?.(size));
        expect(made.length, family).to.be.at.least(portfolio(size).length);
        for (const params of made) {
          expect(Object.keys(params).sort(), family).to.deep.equal(Object.keys(own).sort());
          if (space) expect(assignmentOf(own, params), JSON.stringify([family, params])).to.not.equal(null);
        }
      }
    }
  });

  it('takes no changed target into a study with targets below 0, which then loses no trial', async () => {
    const lines = (of: (i: number) => number) => ['a,y', ...Array.from({ length: 90 }, (_, i) => `${i % 30},${of(i)}`)];
    const files = { tail: lines((i) => Math.exp((i % 30) / 4)), below: lines((i) => (i % 30) - 9 + (i % 7) / 10) };
    const studies = join(folder, 'studies');
    const run = async (name: keyof typeof files, more: object) => {
      writeFileSync(join(folder, `${name}.csv`), files[name].join('\n'));
      const models = ['linear', 'dummy'] as const;
      const own = { data: join(folder, `${name}.csv`), target: 'y', models, metric: 'mae', folds: 3, workers: 1 };
      await fit({ ...own, out: join(studies, name), ...more });
      return trialsOf(join(studies, name), 'linear');
    };
    const [best] = await run('tail', { trials: 2 });
    expect(best).to.deep.equal({ alpha: 1, targetTransform: 'log1p' });
    const trials = await run('below', { trials: 3, warmStart: studies });
    expect(trials[0]).to.deep.equal({ alpha: 1 });
    for (const settings of trials) expect(settings).to.have.all.keys('alpha');
  });

  it('tries what was best in a similar study, and keeps to it when resumed', async () => {
    const [first, second] = ['first', 'second'].map((name, i) => {
      writeFileSync(join(folder, `${name}.csv`), table(120, i));
      return {
        data: join(folder, `${name}.csv`),
        target: 'y',
        models: ['linear', 'dummy'] as const,
        folds: 3,
        workers: 1,
      };
    });
    await fit({ ...first, trials: 8, out: join(folder, 'studies', 'first') });
    const reader = openStudy(join(folder, 'studies', 'first'));
    const [best] = reader.view().summary.leaderboard;
    reader.close();
    const warmStart = join(folder, 'studies');
    const out = join(folder, 'studies', 'second');
    await fit({ ...second, trials: 3, out, warmStart });
    await fit({ ...second, trials: 4, out, warmStart, resume: true });
    const linear = trialsOf(out, 'linear');
    expect(linear[0]).to.deep.equal({ alpha: 1 });
    expect(linear[1], JSON.stringify(linear)).to.deep.equal(best.settings);
  });

  it('takes no loss from a study with another metric', async () => {
    writeFileSync(join(folder, 'table.csv'), table(120, 1));
    const data = { data: join(folder, 'table.csv'), target: 'y', models: ['gbdt'] as const };
    const studies = join(folder, 'studies');
    await fit({ ...data, metric: 'mae', trials: 1, folds: 3, workers: 1, out: join(studies, 'mae') });
    const shape = { ...SHAPE, rows: 96, columns: 2, categorical: 0 };
    const found = (metric: string) => findWarmStart(studies, shape, 'me', metric).gbdt![0];
    const { loss, ...others } = found('mae');
    expect(loss).to.equal('absolute');
    expect(found('rmse')).to.deep.equal(others);
  });

  it('is nothing without a finished study that is near, and says so when there is no folder', () => {
    mkdirSync(join(folder, 'empty'));
    expect(findWarmStart(join(folder, 'empty'), SHAPE, 'me', 'rmse')).to.deep.equal({});
    expect(() => findWarmStart(join(folder, 'none'), SHAPE, 'me', 'rmse')).to.throw(ToolkitError, /folder of studies/);
  });
});

function trialsOf(folder: string, family: string) {
  const reader = openStudy(folder);
  const { trials } = reader.view();
  reader.close();
  return trials.filter((trial) => trial.family === family).map(({ settings }) => settings);
}
