import { expect } from 'chai';

import { acceptedFormat, formatOf } from '../../src/server/negotiate.js';

describe('formatOf', () => {
  it('knows JSON and CSV, whatever case and parameters they come with', () => {
    expect(formatOf('Application/JSON; charset=utf-8')).to.equal('json');
    expect(formatOf('text/csv')).to.equal('csv');
    for (const other of [undefined, '', 'text/plain', 'application/jsonx', 'constructor', 'json']) {
      expect(formatOf(other), String(other)).to.equal(null);
    }
  });
});

describe('acceptedFormat', () => {
  const cases: [accept: string | undefined, ofJson: string | null, ofCsv: string | null][] = [
    [undefined, 'json', 'csv'],
    ['*/*', 'json', 'csv'],
    ['text/csv', 'csv', 'csv'],
    ['application/json', 'json', 'json'],
    ['text/*', 'csv', 'csv'],
    ['text/html, application/xml;q=0.9, */*;q=0.8', 'json', 'csv'],
    ['text/csv;q=0.4, application/json;q=0.5', 'json', 'json'],
    ['application/json;q=0, */*', 'csv', 'csv'],
    ['text/csv;q=0, text/*', null, null],
    ['image/png', null, null],
  ];
  for (const [accept, ofJson, ofCsv] of cases) {
    it(`answers Accept: ${accept ?? '(none)'} with ${ofJson ?? 'nothing'} to JSON and ${ofCsv ?? 'nothing'} to CSV`, () => {
      expect([acceptedFormat(accept, 'json'), acceptedFormat(accept, 'csv')]).to.deep.equal([ofJson, ofCsv]);
    });
  }
});
