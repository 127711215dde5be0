import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import { decidedClass } from '../../../src/evaluate/index.js';
import type { FitOptions } from '../../../src/run/index.js';
import {
  exportModel,
  fit,
  inspect,
  loadModel,
  openStudy,
  optionsFromCommand,
  verifyArtefact,
} from '../../../src/run/index.js';

/** A score that says the grade but for noise; three grades, the dearest is the rarest. */
function table(n: number): { score: number; other: number; grade: string; isHigh: string }[] {
  const rng = new Rng(5);
  return Array.from({ length: n }, () => {
    const score = rng.normal();
    const truth = score + 0.8 * rng.normal();
    const grade = truth > 1 ? 'worst' : truth > 0 ? 'fair' : 'fine';
    return { score, other: rng.uniform(), grade, isHigh: truth > 0.6 ? 'yes' : 'no' };
  });
}

const ROWS = table(240);
const COSTS = { worst: { fair: 4, fine: 9 }, fair: { worst: 1, fine: 1 }, fine: { worst: 1, fair: 1 } } as const;

describe('a fit with costs', function () {
  this.timeout(600_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-costs-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const base = (more: Partial<FitOptions>): FitOptions => ({
    data: ROWS,
    target: 'grade',
    ignore: ['isHigh'],
    models: ['linear', 'dummy'],
    trials: 2,
    folds: 3,
    workers: 1,
    ...more,
  });

  it('of three classes ranks by the mean cost, decides by it in every file, and goes on with no other costs', async () => {
    const out = join(folder, 'three');
    const summary = await fit(base({ costs: COSTS, metric: 'cost', out }));
    const inOrder = [
      [0, 1, 1],
      [1, 0, 1],
      [4, 9, 0],
    ];
    expect(summary.costs).to.deep.equal(inOrder);
    const [best] = summary.leaderboard;
    expect(best.metrics!.folds['cost']).to.equal(best.cv);
    expect(best.cv).to.be.below(summary.leaderboard.find(({ family }) => family === 'dummy')!.cv);
    expect(optionsFromCommand(openStudy(out).view().command).costs).to.deep.equal(COSTS);
    const model = await loadModel(out);
    const said = await model.predict(ROWS);
    model.dispose();
    const classes = ['fair', 'fine', 'worst'];
    for (const { prediction, probabilities } of said) {
      const row = classes.map((name) => probabilities![name]);
      expect(prediction).to.equal(classes[decidedClass(row, { costs: inOrder })]);
    }
    const called = said.filter(({ prediction }) => prediction === 'worst').length;
    const mostProbable = said.filter(({ probabilities: p }) => p!['worst'] > Math.max(p!['fine'], p!['fair'])).length;
    expect(called).to.be.above(mostProbable);
    for (const format of ['js', 'onnx', 'safetensors'] as const) {
      const file = await exportModel(out, null, format, join(folder, `three.${format === 'js' ? 'mjs' : format}`));
      await verifyArtefact(file);
      if (format !== 'js') continue;
      const { predict } = (await import(pathToFileURL(file).href)) as {
        predict: (rows: readonly object[]) => { prediction: string }[];
      };
      expect(predict(ROWS).map(({ prediction }) => prediction)).to.deep.equal(said.map(({ prediction }) => prediction));
    }
    const html = readFileSync(await exportModel(out, null, 'html', join(folder, 'three.html')), 'utf8');
    expect(html).to.include('The cheapest class is called');
    expect((await fit(base({ costs: inOrder, metric: 'cost', out, resume: true }))).costs).to.deep.equal(inOrder);
    const other = { ...COSTS, worst: { fair: 4, fine: 8 } };
    const refused = await fit(base({ costs: other, metric: 'cost', out, resume: true })).catch((e: Error) => e.message);
    expect(refused).to.match(/^resume: costs must be that of the study/);
    const without = await fit(base({ metric: 'accuracy', out, resume: true })).catch((e: Error) => e.message);
    expect(without).to.match(/^resume: (metric|costs) must be that of the study/);
  });

  it('of two classes chooses the same models as without, and calls what is cheaper', async () => {
    const about = { target: 'isHigh', ignore: ['grade'] };
    const plain = await fit(base({ ...about, out: join(folder, 'plain') }));
    const dear = await fit(
      base({
        ...about,
        costs: [
          [0, 1],
          [20, 0],
        ],
        out: join(folder, 'dear'),
      }),
    );
    expect(dear.metric).to.equal('auc');
    expect(dear.leaderboard.map(({ cv }) => cv)).to.deep.equal(plain.leaderboard.map(({ cv }) => cv));
    const [a, b] = [plain.leaderboard[0].metrics!.folds, dear.leaderboard[0].metrics!.folds];
    expect(b['logloss']).to.equal(a['logloss']);
    expect(b['recall']).to.be.above(a['recall']);
    expect(a).to.not.have.property('cost');
    expect(b['cost']).to.be.within(0, 1);
    const reader = openStudy(join(folder, 'dear'));
    expect(reader.model(dear.best!).costs).to.deep.equal([
      [0, 1],
      [20, 0],
    ]);
    reader.close();
  });

  it('refuses costs that are none in one sentence', async () => {
    const said = async (costs: unknown, more: Partial<FitOptions> = {}): Promise<string> =>
      inspect(base({ costs: costs as NonNullable<FitOptions['costs']>, ...more })).then(
        () => 'taken',
        (error: Error) => error.message,
      );
    expect(
      await said([
        [0, 1, 1],
        [1, 0, 1],
        [1, 1, 2],
      ]),
    ).to.equal('taken');
    expect(
      await said([
        [0, 1],
        [1, 0],
      ]),
    ).to.equal(
      'costs: must be 3 rows of 3 numbers, as many as there are classes, got "rows of 2, 2". They are, in their order, "fair", "fine", "worst".',
    );
    expect(
      await said([
        [0, 1, 1],
        [1, 0, 1],
        [1, -1, 0],
      ]),
    ).to.equal('costs: must be a number of 0 or more where "worst" is called "fine", got "-1".');
    expect(
      await said([
        [0, 1, NaN],
        [1, 0, 1],
        [1, 1, 0],
      ]),
    ).to.match(/where "fair" is called "worst", got "NaN"/);
    expect(
      await said([
        [1, 1, 1],
        [2, 2, 2],
        [0, 0, 0],
      ]),
    ).to.match(/^costs: must not be the same whatever is called/);
    expect(await said({ ...COSTS, wurst: { fair: 1 } })).to.match(
      /^costs: must name classes of "grade", got "wurst"\. Did you mean "worst"\?/,
    );
    expect(await said({ worst: COSTS.worst, fair: COSTS.fair })).to.equal(
      'costs: must say what it costs where "fine" is called "fair", got "nothing".',
    );
    expect(await said(5)).to.match(/^costs: must be rows of numbers/);
    expect(await said(COSTS, { classWeights: 'balanced' })).to.match(
      /^costs: have no meaning with class-weights balanced/,
    );
    expect(await said([[0]], { target: 'score', ignore: ['grade'] })).to.match(/^costs: needs a target of classes/);
    expect(await said(undefined, { metric: 'cost' })).to.match(/^metric: cost needs --costs/);
  });

  describe('by the names of classes', () => {
    const tableOf = (dear: string | number, other: string | number) =>
      ROWS.map(({ score, isHigh }) => ({ score, y: isHigh === 'yes' ? dear : other }));
    const said = async (data: object[], costs: NonNullable<FitOptions['costs']>): Promise<string> =>
      inspect({ data: data as NonNullable<FitOptions['data']>, target: 'y', costs }).then(
        ({ warnings }) => warnings.filter((text) => text.includes('cost')).join(),
        (error: Error) => error.message,
      );

    it('refuses a cell that is said twice in two ways of writing', async () => {
      const data = tableOf(1, 0);
      expect(await said(data, { '1': { '0': 5 }, '+1': { '0': 7 }, '0': { '1': 1 } })).to.equal(
        'costs: must say once what it costs where "+1" is called "0", got 7. It is said before, where "1" is called "0".',
      );
      expect(await said(data, { '0': { '1': 1, '1.0': 1 }, '1': { '0': 5 } })).to.equal(
        'costs: must say once what it costs where "0" is called "1.0", got 1. It is said before, where "0" is called "1".',
      );
      expect(await said(data, { '0.0': { '+1': 1 }, '1.0': { '0': 5 } })).to.equal('');
    });

    it('finds them however they are composed, and with blanks of any kind', async () => {
      const data = tableOf('caf\u00e9 noir', 'other');
      for (const name of ['cafe\u0301 noir', ' caf\u00e9 noir', 'caf\u00e9\u00a0noir'])
        expect(await said(data, { [name]: { other: 5 }, 'other ': { [name]: 1 } })).to.equal('');
    });

    it('says once of each class that it is never the cheapest', async () => {
      const data = tableOf('yes', 'no');
      const words = (a: string, b: string) =>
        `by these costs it is never cheaper to call "${a}" than "${b}": a row is a true class, a column the class that is called`;
      for (const [costs, expected] of [
        [{ no: { no: 0, yes: 5 }, yes: { no: 0, yes: 5 } }, words('yes', 'no')],
        [{ no: { no: 3, yes: 0 }, yes: { no: 1, yes: 1 } }, words('no', 'yes')],
        [{ no: { yes: 5 }, yes: { no: 1 } }, ''],
      ] as const)
        expect(await said(data, costs)).to.equal(expected);
    });
  });
});
