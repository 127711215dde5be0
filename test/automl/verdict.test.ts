import { expect } from 'chai';
import fc from 'fast-check';

import type { StudySettings, StudySummary } from '../../src/automl/index.js';
import {
  foldScores,
  keepAdjustments,
  lessLuck,
  loadOutOfFoldRows,
  makeAdjustments,
  makeEnsemble,
  makeVerdict,
  modelView,
  passedOver,
  storeOutOfFoldRows,
  studyRecord,
  studySummary,
  trialPredictions,
} from '../../src/automl/index.js';
import { storeCrossFitted } from '../../src/automl/out-of-fold.js';
import { floatsToBytes } from '../../src/automl/state-codec.js';
import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import { mean, METRICS, standardDeviation } from '../../src/evaluate/index.js';
import type { Storage } from '../../src/search/index.js';
import { createMemoryStorage } from '../../src/search/index.js';

const FOLDS = 5;
const NO_BONDS = {};

/** A study of numbers and its models: family, size of the error that they share with all, size of their own, learned numbers. */
function numbers(rows: number, models: readonly (readonly [string, number, number, number?])[], seed = 1): Storage {
  const rng = new Rng(seed);
  const y = Float32Array.from({ length: rows }, () => rng.normal());
  const shared = Float32Array.from({ length: rows }, () => rng.normal());
  const storage = createMemoryStorage();
  const settings = {
    task: 'regression',
    metric: 'rmse',
    warnings: [],
    folds: FOLDS,
    time: null,
    seed,
    schema: { columns: [], target: { name: 'y', task: 'regression', classes: [] } },
  };
  studyRecord.setSettings(storage, settings as unknown as StudySettings);
  studyRecord.setProgress(storage, {
    status: 'complete',
    budget: { trials: 9, timeBudgetMs: null },
    seconds: 1,
    model: null,
  });
  const starts = Array.from({ length: FOLDS + 1 }, (_, fold) => (fold * rows) / FOLDS);
  storeOutOfFoldRows(storage, { rows: allRows(rows), y, starts, outputs: 1 });
  models.forEach(([group, common, own, parameters = 10], number) => {
    const data = y.map((value, i) => (group === 'dummy' ? 0 : value + common * shared[i] + own * rng.normal()));
    const matrix: Matrix = { rows, cols: 1, data };
    const scores = foldScores(matrix, loadOutOfFoldRows(storage), METRICS.rmse);
    storage.begin({ number, group, origin: 'portfolio', params: {}, assignment: null, seed: 1 });
    for (let part = 0; part < FOLDS; part++) {
      const bytes = floatsToBytes(data.subarray(starts[part], starts[part + 1]));
      storage.recordPart(
        { trial: number, part, value: scores[part], seconds: 0, info: { report: { parameters } } },
        { predictions: bytes },
      );
    }
    const cv = mean(scores);
    storage.finish(number, { state: 'complete', value: cv, info: { cv, cvStd: standardDeviation(scores) } });
  });
  return storage;
}

function concluded(storage: Storage): StudySummary {
  studyRecord.setEnsemble(storage, makeEnsemble(storage, METRICS.rmse));
  keepAdjustments(storage, makeAdjustments(storage, METRICS.rmse));
  studyRecord.setVerdict(storage, makeVerdict(storage, METRICS.rmse, NO_BONDS));
  return studySummary(storage);
}

describe('the note of a study', () => {
  it('names the cheapest of all trials that cannot be told from the winner, not of the best of each family', () => {
    // Errors that all share and a little of their own: who is ahead is chance, but mixing them gains nothing.
    const notes = Array.from({ length: 8 }, (_, seed) => {
      const { best, notice, leaderboard } = concluded(
        numbers(
          200,
          [
            ['mlp', 1, 0.02, 500],
            ['mlp', 1, 0.0201, 5],
            ['xgboost', 1, 0.3, 50],
          ],
          seed,
        ),
      );
      return { best, notice, isOnBoard: leaderboard.some(({ model }) => model === 'mlp-1') };
    });
    const told = notes.filter(({ best, isOnBoard }) => ['ensemble', 'mlp-0'].includes(best!) && !isOnBoard);
    expect(told).to.have.length.above(0);
    for (const { notice } of told) {
      expect(notice ?? '').not.to.include('xgboost');
    }
    expect(told.map(({ notice }) => notice).join(' ')).to.match(
      /(ensemble|mlp-0) is not distinguishable from mlp-1 over 5 folds \(p = 0\.\d+\): the simpler model may do as well/,
    );
  });
});

describe('lessLuck', () => {
  it('takes all luck off where there is no more than luck, and less the more a lead is than it', () => {
    expect(lessLuck({ guess: 0.5, plain: 0.4, luck: 0.1 })).to.equal(0.1);
    expect(lessLuck({ guess: 0.5, plain: 0.4, luck: 0.25 })).to.equal(0.25);
    expect(lessLuck({ guess: 0.5, plain: 0.6, luck: 0.05 }), 'worse than guessing').to.equal(0.05);
    expect(lessLuck({ guess: 0.5, plain: 0.1, luck: 0.1 })).to.be.closeTo(0.025, 1e-12);
    expect(lessLuck({ guess: 0.5, plain: 0.4, luck: -0.02 })).to.equal(0);
  });

  it('never takes more than the luck, never makes a score better, and leaves a lead where one was', () => {
    const loss = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(loss, loss, loss, (guess, plain, luck) => {
        const taken = lessLuck({ guess, plain, luck });
        expect(taken).to.be.within(0, Math.max(0, luck));
        if (plain + Math.max(0, luck) <= guess) expect(plain + taken).to.be.at.most(guess + 1e-9);
      }),
    );
  });
});

describe('makeVerdict', () => {
  it('takes the ensemble where mixing helps every fold, and corrects it for next to nothing', () => {
    const summary = concluded(
      numbers(300, [
        ['linear', 0, 1],
        ['mlp', 0, 1],
        ['xgboost', 0, 1],
      ]),
    );
    expect(summary.best).to.equal('ensemble');
    expect(summary.leaderboard[0].corrected! - summary.leaderboard[0].cv).to.be.within(0, 1e-3);
    expect(passedOver(summary)).to.equal(null);
  });

  it('takes the ensemble where neither is clearly better, and says where a row that scores better is passed over', () => {
    const isPassedOver = Array.from({ length: 12 }, (_, seed) => {
      const summary = concluded(
        numbers(
          100,
          [
            ['linear', 1, 0.3],
            ['mlp', 1, 0.35],
            ['xgboost', 1, 0.35],
          ],
          seed,
        ),
      );
      expect(summary.best).to.equal(summary.leaderboard[0].model);
      const other = passedOver(summary);
      if (!other) expect(Math.min(...summary.leaderboard.map(({ cv }) => cv))).to.equal(summary.leaderboard[0].cv);
      else expect([summary.best, other.family === 'ensemble']).to.deep.equal(['ensemble', false]);
      return other !== null;
    });
    expect(isPassedOver).to.include(true).and.to.include(false);
  });

  it('takes the best single model where the ensemble is clearly behind it on every fold', () => {
    const storage = numbers(200, [
      ['linear', 1, 0.3],
      ['mlp', 1, 0.35],
    ]);
    const oof = loadOutOfFoldRows(storage);
    const shift = ({ data, ...shape }: Matrix): Matrix => ({
      ...shape,
      data: data.map((value, i) => value + (i % 2) * 2),
    });
    const said = shift(trialPredictions(storage, 0, oof));
    const made = makeEnsemble(storage, METRICS.rmse)!;
    storeCrossFitted(storage, { predictions: said, judged: said });
    studyRecord.setEnsemble(storage, { ...made, foldScores: foldScores(said, oof, METRICS.rmse) });
    keepAdjustments(storage, makeAdjustments(storage, METRICS.rmse));
    studyRecord.setVerdict(storage, makeVerdict(storage, METRICS.rmse, NO_BONDS));
    expect(studySummary(storage).best).to.equal('linear-0');
  });

  it('leaves an ensemble of one member without a row, and still shows it', () => {
    const storage = numbers(200, [
      ['linear', 0, 0.1],
      ['mlp', 2, 2],
      ['xgboost', 2, 2],
    ]);
    const { leaderboard, best } = concluded(storage);
    expect(studyRecord.ensemble(storage)!.members).to.have.length(1);
    expect(best).to.equal('linear-0');
    expect(leaderboard.map(({ family }) => family)).to.have.members(['linear', 'mlp', 'xgboost']);
    const oof = loadOutOfFoldRows(storage);
    expect(modelView(storage, 'ensemble').predictions.data).to.deep.equal(trialPredictions(storage, 0, oof).data);
    expect(modelView(storage, 'ensemble').entry.cv).to.equal(leaderboard[0].cv);
  });

  it('corrects the winner for the choice from all, and a family for its own', () => {
    const many = Array.from({ length: 8 }, () => ['mlp', 0, 1] as const);
    const storage = numbers(80, [...many, ['linear', 0, 1.6]]);
    const { leaderboard } = concluded(storage);
    const of = (family: string) => leaderboard.find((entry) => entry.family === family)!;
    expect(of('linear').corrected).to.equal(of('linear').cv);
    expect(of('mlp').corrected! - of('mlp').cv).to.be.greaterThan(0);
  });

  it('takes the more off the less was learned', () => {
    // Eight models as good as each other: the luck of the best is the same share of their errors, but of their lead another.
    const shareOf = (own: number): number => {
      const models = Array.from({ length: 8 }, () => ['mlp', 0, own] as const);
      const { cv, corrected } = concluded(numbers(80, models)).leaderboard.find(({ family }) => family === 'mlp')!;
      return (corrected! - cv) / cv;
    };
    expect(shareOf(0.1)).to.be.below(0.3 * shareOf(0.8));
    expect(shareOf(0.8)).to.be.greaterThan(0);
  });

  it('finds a chance for guesses, and none for what knows something', () => {
    const learned = numbers(100, [
      ['dummy', 0, 0],
      ['mlp', 0, 0.5],
    ]);
    expect(concluded(learned).notice ?? '').not.to.include('nothing may have been learned');
    expect(studyRecord.verdict(learned)!.chance!.p).to.be.below(0.01);
    const storage = numbers(100, [['dummy', 0, 0]]);
    expect(concluded(storage).notice).to.match(/^no model is better than dummy-0, .*nothing may have been learned$/);
    expect(studyRecord.verdict(storage)!.chance).to.equal(null);
  });

  it('is the same again from the same study, and none in studies of earlier versions', () => {
    const models = [
      ['linear', 0, 1],
      ['mlp', 0, 1.1],
    ] as const;
    expect(concluded(numbers(60, models))).to.deep.equal(concluded(numbers(60, models)));
    const old = numbers(60, models);
    studyRecord.setEnsemble(old, makeEnsemble(old, METRICS.rmse));
    const { leaderboard, best } = studySummary(old);
    expect(leaderboard.map(({ corrected }) => corrected)).to.deep.equal(leaderboard.map(() => null));
    expect(best).to.equal(leaderboard[0].model);
    expect(Math.min(...leaderboard.map(({ cv }) => cv))).to.equal(leaderboard[0].cv);
  });
});
