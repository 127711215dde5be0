import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import {
  encodeFrame,
  encodeTarget,
  inferSchema,
  nearestName,
  readGroups,
  readTimes,
  readWeights,
  suspectLeaks,
} from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

const CSV = 'g,when,n,y\nb,3/1/2020,5,1.5\na,2/1/2020,3,2.5\nb,13/1/2020,4,3.5\n,4/1/2020,,4.5\n,5/1/2020,1,5.5\n';

describe('readGroups', () => {
  it('numbers the groups as they occur, each missing one by itself', async () => {
    expect([...readGroups(await parseCsv(CSV), 'g', [0, 1, 2, 3, 4])]).to.deep.equal([0, 1, 0, 2, 3]);
    expect([...readGroups(await parseCsv(CSV), 'g', [4, 1, 4])]).to.deep.equal([0, 1, 2]);
  });

  it('refuses an unknown column', async () => {
    const csv = await parseCsv(CSV);
    expect(() => readGroups(csv, 'whem', [0])).to.throw(
      ToolkitError,
      'group: must name a column, got "whem". Did you mean "when"?',
    );
  });
});

describe('readTimes', () => {
  it('reads dates in the format that fits all rows, and numbers as they are', async () => {
    const csv = await parseCsv(CSV);
    const days = [...readTimes(csv, 'when', [0, 1, 2])].map((time) => new Date(time).toISOString().slice(0, 10));
    expect(days).to.deep.equal(['2020-01-03', '2020-01-02', '2020-01-13']);
    expect([...readTimes(csv, 'n', [0, 1, 2, 4])]).to.deep.equal([5, 3, 4, 1]);
  });

  it('refuses a missing cell and a word, by the line', async () => {
    const csv = await parseCsv(CSV);
    expect(() => readTimes(csv, 'n', [0, 1, 3])).to.throw(
      ToolkitError,
      /every cell of "n" must be a date or a number, got "a missing cell"\. Line 5/,
    );
    expect(() => readTimes(csv, 'g', [0])).to.throw(ToolkitError, /got "b"\. Line 2/);
  });
});

describe('readWeights', () => {
  const csv = () => parseCsv('w,v,z,y\n1,2,0,1\n"3",,0,2\n0,-1,0,3\n');

  it('reads weights and makes them 1 on average over the rows in use', async () => {
    expect([...readWeights(await csv(), 'w', [0, 1, 2])]).to.deep.equal([0.75, 2.25, 0]);
    expect([...readWeights(await csv(), 'w', [0, 1])]).to.deep.equal([0.5, 1.5]);
  });

  it('reads weights and times by the decimal sign of the file', async () => {
    const weights = async (decimal: '.' | ',') =>
      readWeights(await parseCsv('w,y\n"1,500",1\n"3,000",2\n9,3\n', { decimal }), 'w', [0, 1, 2]);
    expect([...(await weights(','))]).to.deep.equal([...Float32Array.of(4.5 / 13.5, 9 / 13.5, 27 / 13.5)]);
    expect((await weights('.'))[2]).to.be.below(0.01);
    const csv = await parseCsv('t,y\n"1,500",1\n"3,000",2\n', { decimal: ',' });
    expect([...readTimes(csv, 't', [0, 1])]).to.deep.equal([1.5, 3]);
  });

  it('refuses a missing cell, a negative one, nothing but zeros and an unknown column', async () => {
    const table = await csv();
    expect(() => readWeights(table, 'v', [0, 1])).to.throw(
      'weights: every cell of "v" must be a number of 0 or more, got "a missing cell". Line 3 of',
    );
    expect(() => readWeights(table, 'v', [2])).to.throw('got "-1". Line 4 of');
    expect(() => readWeights(table, 'z', [0, 1, 2])).to.throw('weights: must not all be 0, got 0.');
    expect(() => readWeights(table, 'ww', [0])).to.throw('weights: must name a column, got "ww". Did you mean "w"?');
  });
});

describe('suspectLeaks', () => {
  const leaks = async (header: string, rows: string[], target: string): Promise<string[]> => {
    const csv = await parseCsv([header, ...rows].join('\n'));
    const { schema } = inferSchema(csv, { target });
    const { frame } = encodeFrame(csv, schema);
    return suspectLeaks(frame, encodeTarget(csv, schema).exact, schema).map(({ text }) => text);
  };
  const range = Array.from({ length: 200 }, (_, i) => i);

  it('names a number that is almost the target, with any offset, and no honest one', async () => {
    const rows = range.map(
      (i) =>
        `${i % 5 ? 1e9 + i + (i % 3) : ''},${(i * 37) % 200},${i * 0.5},2020-01-${String((i % 28) + 1).padStart(2, '0')}`,
    );
    const found = await leaks('total,noise,y,day', rows, 'y');
    expect(found).to.deep.equal([
      'column "total" is almost "y" itself (correlation 1.000); if it is known only together with the target, ignore it',
    ]);
  });

  it('names a category that gives the class away, and no fine or honest one', async () => {
    const rows = range.map((i) => `${'xyz'[i % 3]},${'uv'[i % 2]},w${i % 60},${'abc'[i % 3]},${i * 1.5}`);
    expect(await leaks('code,other,fine,y,x', rows, 'y')).to.deep.equal([
      'column "code" gives "y" away: alone it explains 100.0 % of its classes; if it is known only together with the target, ignore it',
    ]);
  });

  it('says nothing where one class has nearly all rows', async () => {
    const rows = range.map((i) => `${'xy'[i % 2]},${i === 7 ? 'rare' : 'usual'},${(i * 37) % 200}.5`);
    expect(await leaks('code,y,x', rows, 'y')).to.deep.equal([]);
  });
});

describe('nearestName', () => {
  it('finds a name with a slip in it, in any case, and none that is far', () => {
    expect(nearestName('SurviveD', ['age', 'Survived'])).to.equal('Survived');
    expect(nearestName('pirce', ['price', 'place'])).to.equal('price');
    expect(nearestName('y', ['target', 'x1'])).to.equal(undefined);
    expect(nearestName('anything', [])).to.equal(undefined);
  });
});
