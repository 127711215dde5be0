import { expect } from 'chai';

import { tryAnswer } from '../../src/report/view-model.js';
import { makeRowAnswer } from '../support/explanations.js';
import { makeStudy } from '../support/studies.js';

describe('tryAnswer', () => {
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
