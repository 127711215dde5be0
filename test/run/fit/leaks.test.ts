import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { RunEvent } from '../../../src/automl/index.js';
import { Rng } from '../../../src/core/index.js';
import type { FitOptions } from '../../../src/run/index.js';
import { fit, inspect, openStudy } from '../../../src/run/index.js';

describe('a fit of a table with a leak', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-leaks-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Churners got a refund, grade and level say the same, and age helps a little. */
  const table = (leak: boolean): FitOptions => {
    const rng = new Rng(3);
    const lines = Array.from({ length: 420 }, () => {
      const churns = rng.uniform() < 0.3;
      const grade = rng.integer(4);
      const refund = churns ? (10 + 50 * rng.uniform()).toFixed(2) : '0';
      const row = [
        (50 + 8 * rng.normal() - (churns ? 6 : 0)).toFixed(5),
        grade,
        'dcba'[grade],
        leak ? refund : rng.integer(9),
      ];
      return [...row, churns ? 'yes' : 'no'].join(',');
    });
    const data = join(folder, 'customers.csv');
    writeFileSync(data, `age,grade,level,refund,churn\n${lines.join('\n')}\n`);
    return {
      data,
      target: 'churn',
      models: ['linear', 'xgboost'],
      trials: 2,
      folds: 3,
      workers: 1,
      out: join(folder, 'study'),
    };
  };
  const LEAK = /^column "refund" gives "churn" away: alone it has an AUC of 1\.000; if it is known only together/;

  it('says so before the first trial, in the summary and on the page, and again where a model makes no error', async () => {
    const said: string[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === 'warning') said.push(event.message);
    };
    const summary = await fit({ ...table(true), onEvent });
    expect(said[0]).to.match(LEAK);
    expect(said[1]).to.match(
      /^\S+ tells the classes apart without an error in 420 rows that it has not seen: look at what it goes by/,
    );
    expect(summary.warnings).to.deep.equal(said);
    expect(summary.findings!.map(({ kind, columns }) => [kind, ...columns])).to.deep.equal([
      ['leak', 'refund'],
      ['same', 'grade', 'level'],
    ]);
    const reader = openStudy(join(folder, 'study'));
    expect(reader.view().warnings).to.deep.equal(said);
    expect(reader.data()!.warnings.map(({ kind }) => kind)).to.include.members(['leak', 'same']);
    reader.close();
  });

  it('says so in a dry run', async () => {
    const { warnings, findings } = await inspect(table(true));
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(LEAK);
    expect(findings[0]).to.deep.include({ kind: 'leak', columns: ['refund'], measure: 'auc', rows: 420 });
  });

  it('says nothing of the kind without one', async () => {
    const summary = await fit(table(false));
    expect(summary.warnings).to.deep.equal([]);
    expect((await inspect(table(false))).warnings).to.deep.equal([]);
  });
});
