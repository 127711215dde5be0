import { expect } from 'chai';

import { Rng } from '../../../src/core/index.js';
import type { FrameColumn } from '../../../src/data/index.js';
import { errorSlices, sliceInterval } from '../../../src/explain/model/slices.js';

const numeric = (name: string, values: ArrayLike<number>): FrameColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
});
const category = (name: string, codes: ArrayLike<number>, levels: readonly string[]): FrameColumn => ({
  kind: 'categorical',
  name,
  codes: Int32Array.from(codes),
  levels,
});

describe('slices of errors', () => {
  const n = 400;
  const rng = new Rng(5);
  const town = Array.from({ length: n }, (_, i) => i % 4);
  const age = Array.from({ length: n }, () => 20 + Math.floor(50 * rng.uniform()));
  const noise = Array.from({ length: n }, () => Math.abs(rng.normal()));
  const towns = category('town', town, ['a', 'b', 'c', 'd']);

  it('name the value where errors are large, with its rows, its mean and that of the rest', () => {
    const errors = noise.map((error, i) => error + (town[i] === 2 ? 2 : 0));
    const { slices, looked } = errorSlices([towns, numeric('age', age)], errors);
    const [first] = slices;
    expect(first.where[0]).to.deep.equal({ column: 'town', group: 'c' });
    const own = errors.filter((_, i) => town[i] === 2);
    const alone = slices.find(({ where }) => where.length === 1)!;
    expect(alone.rows).to.equal(own.length);
    expect(alone.error).to.be.closeTo(own.reduce((a, b) => a + b) / own.length, 1e-9);
    const rest = errors.filter((_, i) => town[i] !== 2);
    expect(alone.rest).to.be.closeTo(rest.reduce((a, b) => a + b) / rest.length, 1e-9);
    expect(alone.p).to.be.below(1e-6);
    const [low, high] = sliceInterval(alone);
    expect(low).to.be.below(alone.error).and.to.be.above(alone.rest);
    // t(99) = 1.984217
    expect((high - low) / 2 / alone.standardError).to.be.closeTo(1.984217, 1e-5);
    expect(looked).to.be.above(10);
    expect(slices.filter(({ p }) => p < 0.05).every(({ where }) => where.some(({ group }) => group === 'c'))).to.equal(
      true,
    );
  });

  it('find what only two columns together show', () => {
    const sex = Array.from({ length: n }, (_, i) => Math.floor(i / 4) % 2);
    const errors = noise.map((error, i) => error + ((town[i] === 1) === (sex[i] === 1) ? 0 : 1.5));
    const { slices } = errorSlices([towns, category('sex', sex, ['f', 'm'])], errors);
    const worst = slices.filter(({ p }) => p < 0.05);
    expect(worst.map(({ where }) => where.map(({ group }) => group).join())).to.include('b,f');
  });

  it('are sure of nothing where there is nothing, nineteen times of twenty', () => {
    let alarms = 0;
    for (let seed = 0; seed < 30; seed++) {
      const draw = new Rng(100 + seed);
      const errors = Array.from({ length: 200 }, () => Number(draw.uniform() < 0.2));
      const columns = Array.from({ length: 5 }, (_, c) =>
        numeric(
          `x${c}`,
          Array.from({ length: 200 }, () => draw.normal()),
        ),
      );
      if (errorSlices(columns, errors).slices.some(({ p }) => p < 0.05)) alarms++;
    }
    expect(alarms).to.be.at.most(4);
  });

  it('may be none: no rows, few rows, one value, all errors alike, all errors missing', () => {
    expect(errorSlices([], [])).to.deep.equal({ slices: [], looked: 0 });
    expect(errorSlices([numeric('x', [1, 2, 3])], [0, 1, 0]).looked).to.equal(0);
    expect(errorSlices([numeric('x', new Float64Array(100).fill(7))], noise.slice(0, 100)).slices).to.deep.equal([]);
    expect(errorSlices([towns], new Float64Array(n).fill(1)).slices).to.deep.equal([]);
    expect(errorSlices([towns], new Float64Array(n).fill(NaN)).looked).to.equal(0);
    const gone = numeric('gone', new Float64Array(n).fill(NaN));
    expect(errorSlices([gone], noise).slices).to.deep.equal([]);
  });
});
