import { expect } from 'chai';

import type { StudySettings } from '../../../src/automl/index.js';
import { loadData } from '../../../src/run/fit/load-data.js';
import { checkOptions } from '../../../src/run/fit/options.js';
import { requireSame } from '../../../src/run/fit/same-study.js';
import type { FitOptions } from '../../../src/run/index.js';

describe('requireSame', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    a: (i * 31) % 17,
    km: 1 + (i % 4),
    sold: (i * 7) % 13,
    size: ['low', 'mid', 'high'][(i * i) % 3 === 0 ? i % 3 : (i * 5) % 3],
  }));
  const settings = async (more: Partial<FitOptions>): Promise<StudySettings> => {
    const { schema, data } = await loadData(checkOptions({ data: rows, target: 'sold', ...more }));
    return { task: data.task, metric: data.metric, schema } as StudySettings;
  };
  const refusal = async (before: Partial<FitOptions>, after: Partial<FitOptions>): Promise<string> => {
    try {
      requireSame(await settings(before), await settings(after));
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };

  it('names what is asked for otherwise', async () => {
    const again = 'Use the same options, or --out for a new study.';
    for (const [before, after, sentence] of [
      [{ exposure: 'km' }, { exposure: 'km', task: 'count' }, 'taken'],
      [{ exposure: 'km' }, { task: 'count' }, `resume: exposure must be that of the study, got "none". ${again}`],
      [
        { exposure: 'km' },
        { task: 'regression' },
        `resume: task and exposure must be that of the study, got "regression". ${again}`,
      ],
      [
        { quantiles: [0.1, 0.9] },
        { quantiles: [0.5] },
        `resume: quantiles must be that of the study, got [0.5]. ${again}`,
      ],
      [
        { quantiles: [0.1, 0.9] },
        { exposure: 'km' },
        `resume: task, exposure and quantiles must be that of the study, got "count". ${again}`,
      ],
      [
        { target: 'size', order: ['low', 'mid', 'high'] },
        { target: 'size', order: ['high', 'mid', 'low'] },
        `resume: order must be that of the study, got ["high","mid","low"]. ${again}`,
      ],
      [
        { target: 'size', order: ['low', 'mid', 'high'] },
        { target: 'size', task: 'multiclass' },
        `resume: task must be that of the study, got "multiclass". ${again}`,
      ],
      [
        { task: 'regression' },
        { task: 'regression', ignore: ['a'] },
        `resume: target, positive, types and ignore must be that of the study, got "another". ${again}`,
      ],
    ] as const) {
      expect(await refusal(before, after)).to.equal(sentence);
    }
  });
});
