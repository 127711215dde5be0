/** @file Several targets on the command line: from the words of `fit` to the predictions of all. */

import { existsSync, readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { TargetsSummary } from '../../src/run/index.js';
import { predictFile } from '../../src/run/index.js';
import type { Workspace } from './support/lrnn.js';
import { expectDone, expectRefusal, lrnn, makeWorkspace, start, words } from './support/lrnn.js';
import { csv, fruit, FRUIT_HEADER } from './support/tables.js';

const FIT = words(
  'fit fruit.csv --target grade,weight --trials 6 --folds 3 --models linear,dummy,ensemble --workers 1',
);

describe('lrnn with several targets', function () {
  this.timeout(300_000);
  let space: Workspace;
  let summary: TargetsSummary;
  let weighed = 0;
  const here = (): { cwd: string } => ({ cwd: space.path });

  before(async () => {
    space = makeWorkspace();
    const rows = fruit(120).map((row, i) => (i % 10 === 0 ? [row[0], row[1], '', row[3]] : row));
    weighed = rows.filter((row) => row[2] !== '').length;
    space.file('fruit.csv', csv(FRUIT_HEADER, rows));
    const outcome = await lrnn([...FIT, '--json'], here());
    expectDone(outcome);
    summary = JSON.parse(outcome.stdout) as TargetsSummary;
  });
  after(() => space.remove());

  it('searches each on its own board, in one folder with one model file', async () => {
    expect(summary.study).to.equal('fruit');
    expect(summary.targets.map(({ target, rows }) => [target, rows])).to.deep.equal([
      ['grade', 120],
      ['weight', weighed],
    ]);
    expect(summary.model).to.equal('reports/fruit/model.safetensors');
    const shown = await lrnn(words('show reports/fruit'), here());
    expectDone(shown);
    expect(shown.stdout).to.match(/^grade: \w+ by \w+ /m);
    expect(shown.stdout).to.match(/^weight: regression by rmse \(lower is better\), \d+ rows, /m);
    expect(shown.stdout).to.include('Predict  lrnn predict reports/fruit new-rows.csv -o predictions.csv');
    const again = await lrnn(words('show reports/fruit --json'), here());
    expect(JSON.parse(again.stdout)).to.deep.equal(JSON.parse(JSON.stringify(summary)));
    const listed = await lrnn(words('show reports'), here());
    expect(listed.stdout).to.include('fruit:grade').and.to.include('fruit:weight');
    expectDone(await lrnn(words('show reports/fruit/targets/weight'), here()));
  });

  it('predicts, verifies and exports all of them', async () => {
    expectDone(await lrnn(words('predict reports/fruit fruit.csv -o both.csv'), here()));
    const [header, ...lines] = readFileSync(space.join('both.csv'), 'utf8').trimEnd().split('\n');
    expect(header).to.match(/^grade_prediction,(grade_probability_\w+,)+weight_prediction$/);
    expect(lines).to.have.length(120);
    const verified = await lrnn(words('verify reports/fruit/model.safetensors'), here());
    expectDone(verified);
    expect(verified.stdout).to.include('is whole, and predicts its');
    const exported = await lrnn(words('export reports/fruit --format js'), here());
    expectDone(exported);
    expect(exported.stdout.match(/targets\/\w+\/[\w-]+\.mjs/g)).to.have.length(2);
  });

  it('says what it would understand of each with --dry-run, and what cannot be', async () => {
    const dry = await lrnn(words('fit fruit.csv --target grade,weight --dry-run'), here());
    expectDone(dry);
    expect(dry.stdout).to.include('To predict: grade, one of ').and.to.include('To predict: weight (regression');
    const wrong = await lrnn(words('fit fruit.csv --target grade,weigth --out other'), here());
    expectRefusal(wrong, 3, /^target: must be a column of fruit\.csv, got "weigth"\./);
    expect(existsSync(space.join('other'))).to.equal(false);
    const alone = await lrnn(words('fit fruit.csv --target grade --out reports/fruit --resume'), here());
    expectRefusal(alone, 4, /^study: must be of one target, got "reports\/fruit"\. Name all of them, grade, weight/);
  });

  it('goes on after a kill to the same predictions', async () => {
    const killed = start([...FIT, '--out', 'reports/cut'], here());
    await killed.until(/^Target weight, 2 of 2$/m);
    killed.child.kill('SIGKILL');
    await killed.done;
    const resumed = await lrnn([...FIT, '--out', 'reports/cut', '--resume'], here());
    expectDone(resumed);
    expect(resumed.stdout).to.not.include('Target grade, 1 of 2');
    const of = async (study: string) =>
      (await predictFile(space.join(`reports/${study}`), space.join('fruit.csv'), null)).csv;
    expect(await of('cut')).to.equal(await of('fruit'));
  });

  it('takes a column whose name has a comma for one column', async () => {
    space.file(
      'odd.csv',
      csv(
        '"a,b",a,b,x',
        Array.from({ length: 40 }, (_, i) => [i % 7, i % 2, i % 3, i]),
      ),
    );
    const small = words('--trials 2 --models dummy --workers 1 --quiet');
    expectDone(await lrnn(['fit', 'odd.csv', '--target', 'a,b', '--out', 'one', ...small], here()));
    expect(existsSync(space.join('one/study.sqlite'))).to.equal(true);
    expectDone(await lrnn(['fit', 'odd.csv', '--target', '"a","a,b"', '--out', 'two', ...small], here()));
    const { targets } = JSON.parse(readFileSync(space.join('two/targets.json'), 'utf8')) as {
      targets: { target: string }[];
    };
    expect(targets.map(({ target }) => target)).to.deep.equal(['a', 'a,b']);
  });
});
