/** @file A direction that was asked for holds in the model that is delivered, wherever it is asked. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import { optionsFromCommand } from '../../../src/run/command-line.js';
import { checkOptions, commandFor } from '../../../src/run/fit/options.js';
import type { FitOptions } from '../../../src/run/index.js';
import { fit, loadModel } from '../../../src/run/index.js';

type Row = Record<string, string | number | null>;

/** The target rises with `up`, falls with `down`, both with noise and waves that no direction allows; and there are gaps. */
function madeRows(n: number, seed: number): Row[] {
  const rng = new Rng(seed);
  return Array.from({ length: n }, () => {
    const [up, down, free] = [rng.uniform(), rng.uniform(), rng.uniform()];
    const city = ['Rome', 'Oslo', 'Bern', 'Wien'][rng.integer(4)];
    const wave = Math.sin(14 * up) + Math.sin(11 * down) + Math.sin(9 * free);
    const y = 2 * up - 2 * down + wave + (city === 'Oslo' ? 1 : 0) + rng.normal() / 2;
    return { up: rng.uniform() < 0.05 ? null : up, down, free, city, y, label: y > 0 ? 'yes' : 'no' };
  });
}

const GRID = Array.from({ length: 41 }, (_, i) => i / 40);

/** What is said of a row with each value of a column. */
async function along(predict: (rows: Row[]) => Promise<number[]>, row: Row, column: string): Promise<number[]> {
  return predict(GRID.map((value) => ({ ...row, [column]: value })));
}

const rises = (values: readonly number[]) => values.every((value, i) => i === 0 || value >= values[i - 1] - 1e-6);

describe('directions of columns', function () {
  this.timeout(180_000);
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-monotone-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const base = (target: string): FitOptions => ({
    data: madeRows(400, 3).map(({ y, label, ...row }) => ({ ...row, [target]: target === 'y' ? y : label })),
    target,
    trials: 5,
    folds: 3,
    seed: 2,
    workers: 1,
    monotone: { up: 1, down: -1 },
    out: join(folder, target),
  });

  for (const target of ['y', 'label']) {
    it(`hold in the delivered model (${target}), on a grid through any row, and only where they were asked for`, async () => {
      const summary = await fit(base(target));
      const families = summary.leaderboard.map(({ family }) => family);
      expect(families).to.include('gbdt');
      expect(summary.warnings?.join()).to.include('other families do not hold directions (up +, down -)');
      for (const family of families) expect(['gbdt', 'dummy', 'ensemble']).to.include(family);
      const model = await loadModel(join(folder, target));
      const predict = async (rows: Row[]): Promise<number[]> =>
        (await model.predict(rows)).map(({ prediction, probabilities }) =>
          probabilities ? probabilities['yes'] : (prediction as number),
        );
      let isFree = false;
      for (const row of madeRows(12, 9)) {
        expect(rises(await along(predict, row, 'up')), `up: ${JSON.stringify(row)}`).to.equal(true);
        expect(rises((await along(predict, row, 'down')).reverse()), `down: ${JSON.stringify(row)}`).to.equal(true);
        const free = await along(predict, row, 'free');
        isFree ||= !rises(free) && !rises([...free].reverse());
      }
      model.dispose();
      expect(isFree).to.equal(true);
    });
  }

  it('hold along levels in an order, also one that was said', async () => {
    const sizes = ['small', 'medium', 'large'];
    const woods = ['elm', 'oak', 'fir', 'ash'];
    const rows = madeRows(300, 5).map(({ y, up }, i) => {
      const [size, wood] = [sizes[i % 3], woods[(i * 7) % 4]];
      return { size, wood, up, y: Number(y) + Math.sin(4 * sizes.indexOf(size)) + (wood === 'oak' ? 2 : 0) };
    });
    const types = { wood: 'ordinal(elm<oak<fir<ash)' } as const;
    const monotone = { size: 1, wood: -1 } as const;
    await fit({ ...base('y'), data: rows, types, monotone, models: ['gbdt'], trials: 2, out: join(folder, 'order') });
    const model = await loadModel(join(folder, 'order'));
    const said = async (row: Row) => (await model.predict([row]))[0].prediction as number;
    for (const wood of woods) {
      const bySize = await Promise.all(sizes.map((size) => said({ size, wood, up: 0.4 })));
      expect(rises(bySize), `${wood}: ${bySize.join()}`).to.equal(true);
    }
    for (const size of sizes) {
      const byWood = await Promise.all(woods.map((wood) => said({ size, wood, up: 0.4 })));
      expect(rises(byWood.reverse()), `${size}: ${byWood.join()}`).to.equal(true);
    }
    model.dispose();
  });

  it('are kept by a study that goes on: others are refused', async () => {
    const other = { ...base('y'), monotone: { up: 1 } as const, resume: true };
    const error = await fit(other).catch((thrown: unknown) => thrown);
    expect(String(error)).to.include('resume: monotone must be that of the study');
    const { best } = await fit({ ...base('y'), resume: true });
    expect(best).to.be.a('string');
  });

  it('are said by the command of a study, and read back from it', () => {
    const monotone = { 'a,b': 1, 'c=d': -1, plain: 1 } as const;
    const command = commandFor(checkOptions({ data: 'x.csv', target: 'y', monotone }), false);
    expect(command).to.not.include('--models');
    expect({ ...optionsFromCommand(command).monotone }).to.deep.equal(monotone);
  });

  it('that cannot be held are refused with one sentence', async () => {
    const refused = async (changes: Partial<FitOptions>): Promise<string> =>
      String(await fit({ ...base('y'), out: join(folder, 'none'), ...changes }).catch((thrown: unknown) => thrown));
    expect(await refused({ monotone: { upp: 1 } })).to.include(
      'monotone: must name columns of the table, got "upp". Did you mean "up"?',
    );
    expect(await refused({ monotone: { city: 1 } })).to.include(
      'monotone: must name numeric or ordinal columns ("city"), got "categorical". --types city=numeric makes it one',
    );
    expect(await refused({ monotone: { y: 1 } })).to.include('monotone: must not name the target, got "y".');
    expect(await refused({ monotone: { up: 2 as 1 } })).to.include('monotone: must be 1 or -1 for up, got 2.');
    expect(await refused({ monotone: {} })).to.include('monotone: must name columns');
    expect(await refused({ models: ['gbdt', 'mlp'] })).to.include(
      'models: must hold the directions of --monotone, got "mlp". Leave it out: with monotone, models are some of',
    );
    const many = { data: madeRows(90, 4).map((row, i) => ({ ...row, kind: `k${i % 3}` })), target: 'kind' };
    expect(await refused(many)).to.include('monotone: needs a target of numbers or of two classes, got "3 classes".');
  });
});
