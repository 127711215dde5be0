import { expect } from 'chai';

import { tryAnswer } from '../../src/report/pages/view-model.js';
import { makeRowAnswer } from '../support/explanations.js';
import { makeStudy } from '../support/studies.js';

describe('tryAnswer', () => {
  it('says where the truth lies, of numbers and of classes, and nothing where the model does not know', () => {
    const words = (task: 'regression' | 'binary', sure?: object): string | null => {
      const view = makeStudy({ task });
      return tryAnswer(view, { ...makeRowAnswer(view), ...(sure ? { sure } : {}) } as never).sure;
    };
    expect(words('regression', { level: 0.9, lower: 12_000, upper: 15_000 })).to.match(
      /^Of 100 such rows, about 90 lie between 12,000.* and 15,000.*\.$/,
    );
    expect(words('binary', { level: 0.9, set: ['a'] })).to.equal('Of 100 such rows, about 90 are a.');
    expect(words('binary', { level: 0.83, set: ['b', 'a'] })).to.equal('Of 100 such rows, about 83 are b or a.');
    expect(words('binary')).to.equal(null);
  });

  const view = makeStudy({ task: 'binary' });
  const [negative, positive] = view.schema.target.classes;
  const answer = (threshold: number | null) =>
    tryAnswer(view, { ...makeRowAnswer(view), prediction: [0.6, 0.4], threshold });

  it('says the class that the model decides for: by its threshold where it has one, the most probable else', () => {
    expect(answer(null)).to.include({ headline: `${negative} (60 %)`, of: negative });
    expect(answer(0.5)).to.include({ headline: `${negative} (60 %)`, of: negative });
    expect(answer(0.3)).to.include({ headline: `${positive} (40 %)`, of: positive });
  });

  it('adds percentage points to a probability, and units to a number', () => {
    expect(answer(null).start).to.contain('in percentage points');
    for (const { text } of answer(null).contributions) expect(text).to.match(/^[+−][\d.]+$/);
    const cars = makeStudy({});
    expect(tryAnswer(cars, makeRowAnswer(cars)).start)
      .to.contain('of 64 rows')
      .and.not.to.contain('percent');
  });

  it('says scores of classes as scores, from where to where, and whose mean they are', () => {
    const raw = makeRowAnswer(view);
    const scored = {
      ...raw,
      unit: 'log-odds',
      method: 'exact',
      prediction: [0.2, 0.8],
      base: [0.31, -0.31],
      end: [-1.39, 1.39],
      columns: [
        { column: 'age', values: [-1.704, 1.704] },
        { column: 'city', values: [0.004, -0.004] },
      ],
    } as const;
    const said = tryAnswer(view, scored);
    expect(said).to.include({ headline: `${positive} (80 %)`, of: `the score of ${positive}` });
    expect(said.start).to.contain('From a score of −0.31').and.contain('to +1.39 (exact Shapley values)');
    expect(said.start).to.contain('log-odds').and.contain('means over 5 models').and.not.to.contain('percent');
    expect(said.contributions.map(({ text }) => text)).to.deep.equal(['+1.70', '−0.00']);
    expect(tryAnswer(view, { ...scored, models: 1 }).start).not.to.contain('means over');
    const three = makeStudy({ task: 'multiclass' });
    const numbers = { prediction: [0.1, 0.2, 0.7], base: [0, 0, 0], end: [0, 0, 1], columns: [] };
    expect(tryAnswer(three, { ...scored, ...numbers }).start).to.contain('less its mean over the classes');
  });

  it('says how contributions were worked out', () => {
    const raw = makeRowAnswer(view);
    expect(tryAnswer(view, raw).start).to.contain('(sampled Shapley values)');
    expect(tryAnswer(view, { ...raw, method: 'exact' }).start).to.contain('(exact Shapley values)');
    expect(tryAnswer(view, { ...raw, method: 'partly exact' }).start).to.contain('exact for its trees, sampled for');
  });

  it('notes what training has not seen', () => {
    const raw = makeRowAnswer(view);
    const summary = {
      ...raw.summary,
      outOfRange: { age: 1 },
      unseenCategories: { city: 1 },
      unparsable: { income: 1 },
    };
    expect(tryAnswer(view, { ...raw, summary }).notes).to.deep.equal([
      '"city": training has not seen this category',
      '"income": cannot be read and counts as missing',
      '"age": outside the range of the training',
    ]);
  });
});
