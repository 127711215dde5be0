import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import {
  blendJudge,
  foldScores,
  loadOutOfFoldRows,
  makeEnsemble,
  modelView,
  outOfFoldPredictions,
  storeOutOfFoldRows,
  studyRecord,
  trialPredictions,
} from '../../src/automl/index.js';
import { floatsToBytes } from '../../src/automl/state-codec.js';
import { allRows, Rng } from '../../src/core/index.js';
import { blendPredictions } from '../../src/ensemble/index.js';
import type { ListedMetric } from '../../src/evaluate/index.js';
import { METRICS, toLoss } from '../../src/evaluate/index.js';
import type { Storage } from '../../src/search/index.js';
import { createMemoryStorage } from '../../src/search/index.js';

const ROWS = 400;

/** A study of two models of a rare class: one that ranks well and never says more than 0.4, one that shouts and ranks badly. */
function study(metric: ListedMetric): Storage {
  const rng = new Rng(3);
  const logits = Float64Array.from({ length: ROWS }, () => -1.5 + 1.5 * rng.normal());
  const y = Float32Array.from(logits, (logit) => Number(rng.uniform() < 1 / (1 + Math.exp(-logit))));
  const storage = createMemoryStorage();
  studyRecord.setSettings(storage, { task: 'binary', metric, folds: 2, time: null } as unknown as StudySettings);
  storeOutOfFoldRows(storage, { rows: allRows(ROWS), y, starts: [0, ROWS / 2, ROWS], outputs: 2 });
  const quiet = logits.map((logit) => 0.4 / (1 + Math.exp(-logit)));
  const loud = logits.map((logit) => Number(1 / (1 + Math.exp(-logit - 2 * rng.normal())) > 0.5));
  [quiet, loud].forEach((said, number) => {
    const spec = { number, group: 'linear', origin: 'portfolio', params: { number }, assignment: null, seed: 1 };
    storage.begin(spec);
    const predictions = Float32Array.from({ length: 2 * ROWS }, (_, i) => (i % 2 ? said[i >> 1] : 1 - said[i >> 1]));
    const matrix = { rows: ROWS, cols: 2, data: predictions };
    for (const part of [0, 1]) {
      const bytes = floatsToBytes(predictions.subarray(part * ROWS, (part + 1) * ROWS));
      storage.recordPart({ trial: number, part, value: 0, seconds: 0 }, { predictions: bytes });
    }
    const value = toLoss(METRICS[metric], METRICS[metric].compute(y, matrix));
    storage.finish(number, { state: 'complete', value });
  });
  return storage;
}

const weightOf = (metric: ListedMetric, model: string): number =>
  makeEnsemble(study(metric), METRICS[metric])!.members.find((member) => member.model === model)?.weight ?? 0;

describe('makeEnsemble', () => {
  it('looks at probabilities where a threshold will be chosen for the metric', () => {
    for (const metric of ['f1', 'mcc', 'balanced_accuracy'] as const) {
      expect(weightOf(metric, 'linear-0'), metric).to.be.greaterThan(0.8);
    }
  });

  it('chooses weights for the median of the errors by their mean, and keeps what the median says of the folds', () => {
    const rng = new Rng(4);
    const y = Float32Array.from({ length: ROWS }, () => rng.normal());
    // The first is right on three rows of four and far off on the others, which the median does not see.
    const wild = y.map((value, i) => (i % 4 === 0 ? value + 100 : value));
    const calm = y.map((value) => value + 0.5);
    const storage = createMemoryStorage();
    studyRecord.setSettings(storage, {
      task: 'regression',
      metric: 'medae',
      folds: 2,
      time: null,
    } as unknown as StudySettings);
    storeOutOfFoldRows(storage, { rows: allRows(ROWS), y, starts: [0, ROWS / 2, ROWS], outputs: 1 });
    [wild, calm].forEach((said, number) => {
      storage.begin({ number, group: 'linear', origin: 'portfolio', params: { number }, assignment: null, seed: 1 });
      for (const part of [0, 1]) {
        const bytes = floatsToBytes(said.slice((part * ROWS) / 2, ((part + 1) * ROWS) / 2));
        storage.recordPart({ trial: number, part, value: 0, seconds: 0 }, { predictions: bytes });
      }
      storage.finish(number, { state: 'complete', value: number });
    });
    const oof = loadOutOfFoldRows(storage);
    expect(blendJudge(storage, oof, METRICS.medae)).to.include({ metric: METRICS.mae, judge: METRICS.medae });
    const { members, foldScores: scores } = makeEnsemble(storage, METRICS.medae)!;
    expect(members).to.deep.equal([{ model: 'linear-1', family: 'linear', weight: 1 }]);
    expect(scores).to.deep.equal(foldScores(trialPredictions(storage, 1, oof), oof, METRICS.medae));
  });

  it('looks at the metric itself else', () => {
    expect(weightOf('logloss', 'linear-0')).to.be.greaterThan(0.8);
    const members = makeEnsemble(study('f1'), { ...METRICS.f1, decides: false })!.members;
    expect(members[0].model).to.equal('linear-1');
  });
});

/** A study of three models of two classes whose logits are too small by half: no mean of them is sure enough. */
function timidStudy(rows: number, settings: Partial<StudySettings> = {}): Storage {
  const rng = new Rng(4);
  const truth = Float64Array.from({ length: rows }, () => 2 * rng.normal());
  const y = Float32Array.from(truth, (logit) => Number(rng.uniform() < 1 / (1 + Math.exp(-logit))));
  const storage = createMemoryStorage();
  const base = { task: 'binary', metric: 'logloss', folds: 2, time: null, schema: SCHEMA };
  studyRecord.setSettings(storage, { ...base, ...settings } as unknown as StudySettings);
  storeOutOfFoldRows(storage, { rows: allRows(rows), y, starts: [0, rows / 2, rows], outputs: 2 });
  ['linear', 'mlp', 'dummy'].forEach((group, number) => {
    const says = truth.map((logit) =>
      group === 'dummy' ? 0.5 : 1 / (1 + Math.exp(-0.5 * (logit + 0.6 * rng.normal()))),
    );
    storage.begin({ number, group, origin: 'portfolio', params: { number }, assignment: null, seed: 1 });
    const data = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 ? says[i >> 1] : 1 - says[i >> 1]));
    for (const part of [0, 1]) {
      const bytes = floatsToBytes(data.subarray(part * rows, (part + 1) * rows));
      storage.recordPart({ trial: number, part, value: 0, seconds: 0 }, { predictions: bytes });
    }
    const value = METRICS.logloss.compute(y, { rows, cols: 2, data });
    storage.finish(number, { state: 'complete', value, info: { cv: value, cvStd: 0 } });
  });
  return storage;
}

const SCHEMA = { columns: [], target: { name: 'y', task: 'binary', classes: ['n', 'y'] } };

describe('makeEnsemble with rows enough for a stack', () => {
  it('keeps how members become one, and what the stack says of each fold by the other one', () => {
    const storage = timidStudy(800);
    const record = makeEnsemble(storage, METRICS.logloss)!;
    expect(record.combine).to.deep.equal({ method: 'softmax' });
    expect(record.members.map(({ family }) => family)).to.have.members(['linear', 'mlp']);
    expect(record.members.reduce((sum, { weight }) => sum + weight, 0)).to.be.above(1.3);
    studyRecord.setEnsemble(storage, record);
    const oof = loadOutOfFoldRows(storage);
    const kept = outOfFoldPredictions(storage, 'ensemble', oof)!;
    const scores = [0, 1].map((fold) => {
      const data = kept.data.subarray(fold * 800, (fold + 1) * 800);
      return METRICS.logloss.compute(oof.y.subarray(fold * 400, (fold + 1) * 400), { rows: 400, cols: 2, data });
    });
    expect(record.foldScores).to.deep.equal(scores);
    const page = modelView(storage, 'ensemble');
    expect(page.isStacked).to.equal(true);
    expect(page.predictions.data).to.deep.equal(kept.data);
    expect(page.entry.settings).to.deep.include({ combine: { method: 'softmax' } });
  });

  it('keeps of a mean too what it says of each fold by the other one, which its weights alone do not give', () => {
    const storage = timidStudy(400);
    const record = makeEnsemble(storage, METRICS.logloss)!;
    expect(record).to.have.all.keys('members', 'foldScores', 'crossFitted');
    studyRecord.setEnsemble(storage, record);
    const page = modelView(storage, 'ensemble');
    expect(page.isStacked).to.equal(false);
    const oof = loadOutOfFoldRows(storage);
    const weights = record.members.map(({ weight }) => weight);
    const trials = record.members.map(({ model }) => trialPredictions(storage, Number(model.split('-')[1]), oof));
    expect(page.predictions.data).not.to.deep.equal(blendPredictions(weights, trials).data);
    expect(record.foldScores).to.deep.equal(
      foldScores(outOfFoldPredictions(storage, 'ensemble', oof)!, oof, METRICS.logloss),
    );
    expect(modelView(storage, 'ensemble').entry.settings).to.have.all.keys('weights');
  });

  it('fits a stack of models of balanced classes on such', () => {
    const weightsOf = (classWeights: 'balanced' | null) =>
      makeEnsemble(timidStudy(800, { classWeights }), METRICS.logloss)!.members.map(({ weight }) => weight);
    expect(weightsOf('balanced')).not.to.deep.equal(weightsOf(null));
  });
});
