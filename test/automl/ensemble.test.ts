import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import { makeEnsemble, storeOutOfFoldRows, studyRecord } from '../../src/automl/index.js';
import { floatsToBytes } from '../../src/automl/state-codec.js';
import { allRows, Rng } from '../../src/core/index.js';
import type { MetricName } from '../../src/evaluate/index.js';
import { METRICS, toLoss } from '../../src/evaluate/index.js';
import type { Storage } from '../../src/search/index.js';
import { createMemoryStorage } from '../../src/search/index.js';

const ROWS = 400;

/** A study of two models of a rare class: one that ranks well and never says more than 0.4, one that shouts and ranks badly. */
function study(metric: MetricName): Storage {
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

const weightOf = (metric: MetricName, model: string): number =>
  makeEnsemble(study(metric), METRICS[metric])!.members.find((member) => member.model === model)?.weight ?? 0;

describe('makeEnsemble', () => {
  it('looks at probabilities where a threshold will be chosen for the metric', () => {
    for (const metric of ['f1', 'mcc', 'balanced_accuracy'] as const) {
      expect(weightOf(metric, 'linear-0'), metric).to.be.greaterThan(0.8);
    }
  });

  it('looks at the metric itself else', () => {
    expect(weightOf('logloss', 'linear-0')).to.be.greaterThan(0.8);
    const members = makeEnsemble(study('f1'), { ...METRICS.f1, decides: false })!.members;
    expect(members[0].model).to.equal('linear-1');
  });
});
