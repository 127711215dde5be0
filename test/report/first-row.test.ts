import { expect } from 'chai';

import { firstRow, firstRowValues } from '../../src/report/pages/try/first-row.js';
import { tryFields } from '../../src/report/pages/try-page.js';
import { makeRowAnswer, makeSample } from '../support/explanations.js';
import { makeStudy } from '../support/studies.js';

describe('a row kept beside the one that is asked about', () => {
  const view = makeStudy();
  const sample = makeSample(view);
  const now = makeRowAnswer(view);
  const lower = { ...now, prediction: now.prediction.map((value) => value + 1000) };

  it('is the row of the form when it is kept, and travels with the form from then on', () => {
    expect(firstRowValues({ f0: '1', f1: 'a' })).to.equal(null);
    expect(firstRowValues({ f0: '1', f1: 'a', keep: '1', h0: 'old' })).to.deep.equal({ f0: '1', f1: 'a' });
    expect(firstRowValues({ f0: '2', h0: '1', h1: 'a', hx: 'no' })).to.deep.equal({ f0: '1', f1: 'a' });
  });

  it('says what was changed and what that did', () => {
    const values = Object.fromEntries(tryFields(view.schema, sample, null).map(({ name, value }) => [name, value]));
    const fields = tryFields(view.schema, sample, { ...values, f0: '77' });
    const found = firstRow(view, fields, values, { first: lower, now });
    expect(found.changed).to.deep.equal([{ column: fields[0].column, from: values.f0, to: '77' }]);
    expect(found.difference).to.equal('−1,000');
    expect(found.hidden[0]).to.deep.equal({ name: 'h0', value: values.f0 });
    expect(firstRow(view, fields, values, { first: now, now }).difference).to.equal('');
    expect(firstRow(view, fields, {}, { first: now, now }).changed[0].from).to.equal('missing');
  });

  it('of classes is ahead or behind in points of the class that is called now', () => {
    const binary = makeStudy({ task: 'binary' });
    const answer = { ...makeRowAnswer(binary), prediction: [0.3, 0.7] };
    const before = { ...answer, prediction: [0.55, 0.45] };
    expect(firstRow(binary, [], {}, { first: before, now: answer }).difference).to.equal('+25 points for good');
  });

  it('has sliders over the values of the table, and none for columns of one value or of texts', () => {
    const fields = tryFields(view.schema, sample, null);
    const own = fields.find(({ range }) => range !== null)!;
    expect(own.type).to.equal('number');
    expect(own.range!.max).to.be.above(own.range!.min);
    expect(own.range!.step).to.be.above(0);
    expect(fields.filter(({ type }) => type !== 'number').every(({ range }) => range === null)).to.equal(true);
    expect(tryFields(view.schema, null, null).every(({ range }) => range === null)).to.equal(true);
  });
});
