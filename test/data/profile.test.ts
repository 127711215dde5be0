import { expect } from 'chai';

import {
  describeSchema,
  encodeFrame,
  encodeTarget,
  inferSchema,
  profile,
  profileTarget,
} from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

const CSV = `id,n,f,c,d,b,empty,note,y
k1,1,0.5,u,2020-01-01,yes,,a fine day out,no
k2,2,,u,2020-01-03,no,,what a day it was,yes
k3,2,1.5,v,,no,,rain and more rain,yes
k4,4,9.5,,2020-01-05,yes,,so it goes again,yes
`;

async function loaded() {
  const csv = await parseCsv(CSV);
  const { schema } = inferSchema(csv, { target: 'y', types: { id: 'id', note: 'text' } });
  return { csv, schema, frame: encodeFrame(csv, schema).frame };
}

describe('profile', () => {
  it('gives range, quartiles, mean and a histogram of numbers', async () => {
    const { frame, schema } = await loaded();
    const [, n, f] = profile(frame, schema);
    expect(n).to.deep.include({ name: 'n', kind: 'numeric', missingShare: 0, distinctCount: 3 });
    expect(n.numeric).to.deep.equal({
      ...{ min: 1, q1: 1.75, median: 2, q3: 2.5, max: 4, mean: 2.25, deviation: Math.sqrt(4.75 / 3), zeros: 0 },
      histogram: { edges: [0.5, 1.5, 2.5, 3.5, 4.5], counts: [1, 2, 0, 1] },
    });
    expect(f.missingShare).to.equal(0.25);
    expect(f.numeric?.histogram.counts).to.have.length(20);
    expect([f.numeric?.histogram.edges[0], f.numeric?.histogram.edges[20]]).to.deep.equal([0.5, 9.5]);
    expect([0, 2, 19].map((bin) => f.numeric?.histogram.counts[bin])).to.deep.equal([1, 1, 1]);
  });

  it('gives the most frequent categories with their counts, and the range of dates', async () => {
    const { frame, schema } = await loaded();
    const columns = profile(frame, schema);
    expect(columns[3]).to.deep.include({ missingShare: 0.25, otherCount: 0 });
    expect(columns[3].top).to.deep.equal([
      { level: 'u', count: 2 },
      { level: 'v', count: 1 },
    ]);
    expect([columns[4].numeric?.min, columns[4].numeric?.max]).to.deep.equal([
      Date.UTC(2020, 0, 1),
      Date.UTC(2020, 0, 5),
    ]);
    expect(columns[5].numeric).to.deep.include({ min: 0, max: 1, mean: 0.5 });
    expect(columns[7].numeric).to.deep.include({ min: 14, max: 18 });
  });

  it('counts categories beyond the most frequent ones together', async () => {
    const csv = await parseCsv(`c,y\n${Array.from({ length: 80 }, (_, i) => `k${i % 20},${i}.5`).join('\n')}\n`);
    const { schema } = inferSchema(csv, { target: 'y' });
    const [column] = profile(encodeFrame(csv, schema).frame, schema);
    expect(column.top).to.have.length(12);
    expect(column.otherCount).to.equal(32);
  });

  it('is plain JSON in the order of the schema, with no numbers where there are none', async () => {
    const { frame, schema } = await loaded();
    const columns = profile(frame, schema);
    expect(JSON.parse(JSON.stringify(columns))).to.deep.equal(columns);
    expect(columns.map(({ name }) => name)).to.deep.equal(schema.columns.map(({ name }) => name));
    expect(columns[0]).to.not.have.any.keys('numeric', 'top');
    expect(columns[6]).to.deep.include({ kind: 'constant', missingShare: 1 });
  });

  it('survives a frame without rows and a column of one number', async () => {
    const { csv, schema } = await loaded();
    expect(profile(encodeFrame(csv, schema, []).frame, schema)[1]).to.not.have.property('numeric');
    const one = profile(encodeFrame(csv, schema, [1]).frame, schema)[1];
    expect(one.numeric?.histogram).to.deep.equal({ edges: [1.5, 2.5], counts: [1] });
    const fraction = profile(encodeFrame(csv, schema, [0]).frame, schema)[2];
    expect(fraction.numeric?.histogram.counts[0]).to.equal(1);
  });
});

describe('profileTarget', () => {
  it('counts classes in their order, and profiles numbers', async () => {
    const { csv, schema } = await loaded();
    expect(profileTarget(encodeTarget(csv, schema).y, schema).top).to.deep.equal([
      { level: 'no', count: 1 },
      { level: 'yes', count: 3 },
    ]);
    const { schema: other } = inferSchema(csv, { target: 'n', task: 'regression' });
    expect(profileTarget(encodeTarget(csv, other).exact, other).numeric).to.deep.include({ min: 1, max: 4 });
  });
});

describe('describeSchema', () => {
  it('says for each column what it is, with examples and the reason', async () => {
    const { csv, schema } = await loaded();
    const rows = describeSchema(schema, csv);
    expect(rows[2]).to.deep.equal({
      ...{ column: 'f', role: 'feature', kind: 'numeric', missing: 1, distinct: 3 },
      ...{ examples: ['0.5', '1.5', '9.5'], reason: 'numbers from 0.5 to 9.5, 3 distinct' },
    });
    expect(rows[8]).to.deep.include({ role: 'target', reason: 'binary: two values: "no" and "yes"' });
    expect(rows[6]).to.deep.include({ role: 'not used', examples: [] });
  });
});
