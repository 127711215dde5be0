import { expect } from 'chai';

import { inspect } from '../../../src/run/index.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({ a: (i % 30) / 8, b: (i % 30) ** 2, y: i / 4 }));

describe('inspect', () => {
  it('says how many rows are copies of others, as a fit would', async () => {
    const { findings, warnings } = await inspect({ data: ROWS, target: 'y' });
    expect(findings.filter(({ kind }) => kind === 'repeats').map(({ rows }) => rows)).to.deep.equal([10]);
    expect(warnings.join()).to.include('10 of 40 rows have the features of an earlier one');
    for (const apart of [{ duplicates: 'split' }, { time: 'b' }] as const) {
      const found = await inspect({ data: ROWS, target: 'y', ...apart });
      expect(found.findings.filter(({ kind }) => kind === 'repeats')).to.deep.equal([]);
    }
  });

  it('says what a file is that is no CSV', async () => {
    const bytes = (text: string): Buffer => Buffer.from(text);
    const json = await inspect({ data: bytes(JSON.stringify(ROWS)), target: 'y' });
    const csv = await inspect({ data: bytes(['a,y', ...ROWS.map(({ a, y }) => `${a},${y}`)].join('\n')), target: 'y' });
    expect([json.format, csv.format]).to.deep.equal(['JSON', undefined]);
  });
});
