import { expect } from 'chai';

import { check, checkData, ToolkitError } from '../../src/core/index.js';

describe('ToolkitError', () => {
  it('is one sentence: where, rule, got, hint', () => {
    const error = new ToolkitError('data', { where: 'csv', rule: 'row must have 2 fields', got: 3, hint: 'Line 4.' });
    expect(error.message).to.equal('csv: row must have 2 fields, got 3. Line 4.');
    expect(error.kind).to.equal('data');
  });

  it('leaves out what is not given', () => {
    expect(new ToolkitError('state', { where: 'a', rule: 'b' }).message).to.equal('a: b.');
  });

  it('cuts long values, keeps quotes and shows NaN and undefined as they are', () => {
    const message = (got: unknown) => new ToolkitError('data', { where: 'a', rule: 'b', got }).message;
    expect(message('x'.repeat(200))).to.have.length.below(80);
    expect(message('say "hi"')).to.equal('a: b, got "say \\"hi\\"".');
    expect(message(Number.NaN)).to.equal('a: b, got NaN.');
    expect(message(undefined)).to.equal('a: b, got undefined.');
    expect(message('x'.repeat(10_000_000))).to.have.length(71);
    let deep: unknown[] = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(message(deep)).to.equal('a: b, got something that cannot be shown.');
  });

  it('has the status that an HTTP server answers with', () => {
    const parts = { where: 'a', rule: 'b' };
    const statuses = (['usage', 'data', 'state', 'limit'] as const).map((kind) => new ToolkitError(kind, parts).status);
    expect(statuses).to.deep.equal([400, 422, 409, 413]);
  });

  it('is thrown by the checks with their kind', () => {
    expect(() => check(false, 'a', 'b', 1))
      .to.throw(ToolkitError, 'a: b, got 1.')
      .with.property('kind', 'usage');
    expect(() => checkData(false, 'a', 'b', 1))
      .to.throw(ToolkitError)
      .with.property('kind', 'data');
    expect(() => check(true, 'a', 'b', 1)).to.not.throw();
  });
});
