import { expect } from 'chai';

import type { ModelView } from '../../src/automl/index.js';
import { comparePage, pairedGain } from '../../src/report/pages/compare/compare-page.js';
import type { ComparedStudy } from '../../src/report/pages/compare/same.js';
import { pairingOf } from '../../src/report/pages/compare/same.js';
import { WORDS } from '../../src/report/pages/compare/settings-diff.js';
import type { FitOptions } from '../../src/run/index.js';
import { HOSTILE, makeModel, makeStudy } from '../support/studies.js';

function compared(
  name: string,
  recipe: Parameters<typeof makeStudy>[0] = {},
  options: ComparedStudy['options'] = {},
): ComparedStudy {
  const view = makeStudy(recipe);
  const [best] = view.summary.leaderboard;
  return { name, view, best: best ? makeModel(view, best.model) : null, options };
}

/** Whether an option can change what comes of a study; the compiler holds that none is forgotten. */
const IS_SETTING: Readonly<Record<keyof FitOptions, boolean>> = {
  ...{ data: true, target: true, task: true, metric: true, positive: true, costs: true, order: true, exposure: true },
  ...{ quantiles: true, trials: true, timeBudgetMs: true, folds: true, holdout: true, refit: true, seed: true },
  ...{ models: true, group: true, time: true, gap: true, duplicates: true, weights: true, classWeights: true },
  ...{ ignore: true, types: true, missing: true, monotone: true, warmStart: true, workers: true, engine: true },
  ...{ delimiter: true, decimal: true, encoding: true, comment: true, header: true, sheet: true },
  ...{ deterministic: true, parallel: true },
  // Where it ran and was kept, and how a caller follows it.
  ...{ redis: false, shared: false, maxColumns: false, out: false, resume: false, signal: false, onEvent: false },
};

describe('studies side by side', () => {
  const first = compared('a', { seed: 1 }, { trials: 14, ignore: ['id', 'x'], target: 'Price' });
  const second = compared('b', { seed: 2, trials: 20 }, { trials: 20, target: 'Price', timeBudgetMs: 90_000 });

  it('are paired by fold where data, target, metric, rows and folds agree, and said not to be where one does not', () => {
    expect(pairingOf(first, second)).to.deep.equal({ isPaired: true });
    const why = (other: ComparedStudy): unknown => ({ ...pairingOf(first, other) });
    const { view } = second;
    const unplaced = { ...second.best! } as { -readonly [key in keyof ModelView]: ModelView[key] };
    delete unplaced.starts;
    const differing: readonly (readonly [string, ComparedStudy])[] = [
      ['the data are not the same', { ...second, view: { ...view, dataSha256: 'f00' } }],
      ['the metrics are not the same', { ...second, view: { ...view, summary: { ...view.summary, metric: 'mae' } } }],
      ['the folds are not the same', { ...second, best: { ...second.best!, starts: [0, 1, 2, 3, 4, 804] } }],
      ['the folds are not the same', { ...second, best: { ...second.best!, rows: second.best!.rows.toReversed() } }],
      ['the folds are not the same', { ...second, best: unplaced }],
      ['one of them has no score yet', { ...second, best: null }],
    ];
    for (const [reason, other] of differing) expect(why(other)).to.deep.equal({ isPaired: false, why: reason });
  });

  it('are not paired where scores of the same name count something else, and it is said what', () => {
    const { view } = second;
    const targeted = (target: Partial<typeof view.schema.target>): ComparedStudy => ({
      ...second,
      view: { ...view, schema: { ...view.schema, target: { ...view.schema.target, ...target } } },
    });
    const differing: readonly (readonly [string, string, ComparedStudy])[] = [
      ['the levels of the quantiles', 'Quantiles', targeted({ quantiles: [0.1, 0.5, 0.9] })],
      ['the exposures', 'Exposure', targeted({ exposure: 'months' })],
      ['the row weights', 'Row weights', { ...second, options: { ...second.options, weights: 'w' } }],
    ];
    for (const [what, setting, other] of differing) {
      const page = comparePage([first, other]);
      expect(page.sentences[0]).to.equal(
        `a and b: ${what} are not the same, so their scores stand side by side and are not compared.`,
      );
      expect([page.paired, page.folds, page.families]).to.deep.equal([null, null, null]);
      expect(page.settings.rows.map(([name]) => name)).to.include(setting);
    }
    const half = targeted({ quantiles: [0.5] });
    expect(pairingOf(half, differing[0][2]).isPaired, 'other levels').to.equal(false);
    expect(pairingOf(half, targeted({ quantiles: [0.5] })).isPaired).to.equal(true);
  });

  it('are not paired where costs, the order of classes or the class a metric is about differ', () => {
    const one = compared('a', { task: 'binary', metric: 'f1' });
    const withTarget = (study: ComparedStudy, target: object): ComparedStudy => {
      const { view } = study;
      return { ...study, view: { ...view, schema: { ...view.schema, target: { ...view.schema.target, ...target } } } };
    };
    const why = (other: ComparedStudy, than = one): unknown => {
      const pairing = pairingOf(than, other);
      return pairing.isPaired ? null : pairing.why;
    };
    const [no, yes] = one.view.schema.target.classes;
    const summary = {
      ...one.view.summary,
      costs: [
        [0, 5],
        [1, 0],
      ],
    };
    expect(why({ ...one, view: { ...one.view, summary } })).to.equal('the costs are not the same');
    expect(why(withTarget(one, { classes: [yes, no] }))).to.equal('the classes in their order are not the same');
    const ofNo = { positive: { name: no, reason: 'said' } };
    expect(why(withTarget(one, ofNo))).to.equal('the positive classes are not the same');
    expect(why(withTarget(one, { positive: { name: yes, reason: 'said' } })), 'the second, if nobody says').to.equal(
      null,
    );
    const ranked = compared('a', { task: 'binary', metric: 'auc' });
    expect(why(withTarget(ranked, ofNo), ranked), 'a metric of both classes').to.equal(null);
  });

  it('have a word for every option that is a setting', () => {
    const settings = Object.entries(IS_SETTING).filter(([, isSetting]) => isSetting);
    expect(Object.keys(WORDS)).to.have.members(settings.map(([key]) => key));
  });

  it('have the gain of the second with the interval that folds allow, whichever way better scores lie', () => {
    const down = pairedGain([3, 4, 5], [2, 3, 5], { direction: 'minimize', isOrdered: false })!;
    expect(down.mean).to.be.closeTo(2 / 3, 1e-12);
    // Nadeau and Bengio: t(2) = 4.302653, s = sqrt(1 / 3), 1/3 folds + 1/2 rows of validation over training.
    const reach = 4.302652729911275 * Math.sqrt(1 / 3) * Math.sqrt(1 / 3 + 1 / 2);
    expect([down.low, down.high].map((end) => end - down.mean)[1]).to.be.closeTo(reach, 1e-6);
    const up = pairedGain([3, 4, 5], [2, 3, 5], { direction: 'maximize', isOrdered: false })!;
    expect(up.mean).to.equal(-down.mean);
    expect(pairedGain([1, null], [1, 2], { direction: 'minimize', isOrdered: false })).to.equal(null);
    expect(pairedGain([1], [2], { direction: 'minimize', isOrdered: false }), 'one fold').to.equal(null);
    expect(pairedGain([1, 2], [1, 2, 3], { direction: 'minimize', isOrdered: false })).to.equal(null);
  });

  it('show best against best, each fold, each family and what was asked for differently', () => {
    const page = comparePage([first, second]);
    expect(page.sentences).to.deep.equal([
      'a and b: the same data, target, metric and folds, so their scores are compared fold by fold.',
    ]);
    expect(page.paired!.rows.map(([name]) => name)).to.deep.equal(['b']);
    expect(page.folds!.rows.length).to.equal(5);
    const ensembles = page.families!.rows.find(([, models]) => models === 'ensemble against ensemble')!;
    expect(ensembles.slice(4)).to.deep.equal(page.paired!.rows[0].slice(3));
    const settings = new Map(page.settings.rows.map(([name, ...values]) => [name, values]));
    expect(settings.get('Trials')).to.deep.equal(['14', '20']);
    expect(settings.get('Ignored columns')).to.deep.equal(['id, x', 'not said']);
    expect(settings.get('Time budget')).to.deep.equal(['not said', '90 s']);
    expect(settings.get('Seed')).to.deep.equal(['1', '2']);
    expect(settings.has('Target'), 'what is the same is left out').to.equal(false);
    expect(page.progress!.table!.rows.some(([name]) => name === 'b')).to.equal(true);
    expect(page.studies.map(({ asFirst }) => asFirst)).to.deep.equal([null, '/compare?study=b&study=a']);
  });

  it('of different metrics stand side by side and are not compared', () => {
    const other = compared('c', { task: 'binary', name: 'credit' });
    const page = comparePage([first, other, second]);
    expect([page.progress, page.metrics]).to.deep.equal([null, null]);
    expect(page.paired!.rows.map(([name]) => name)).to.deep.equal(['b']);
    expect(page.sentences[0]).to.match(/targets|data|tasks/);
    expect(page.sides.columns.slice(1)).to.deep.equal(['a', 'c', 'b']);
  });

  it('may have no score, one trial or a hostile name', () => {
    const young = compared('young', { status: 'running', trials: 1 });
    const empty = {
      ...young,
      best: null,
      view: { ...young.view, trials: [], summary: { ...young.view.summary, leaderboard: [] } },
    };
    const page = comparePage([empty, { ...empty, name: HOSTILE }]);
    expect([page.paired, page.families, page.progress]).to.deep.equal([null, null, null]);
    expect(page.studies[1].href).not.to.contain('<');
  });
});
