import { expect } from 'chai';
import fc from 'fast-check';

import type { StudyData } from '../../src/automl/index.js';
import { predictedShape } from '../../src/automl/index.js';
import { decodeTable, encodeTable } from '../../src/cluster/table.js';
import { ToolkitError } from '../../src/core/index.js';
import { seeded } from '../support/seed.js';
import { someTable, TINY } from './tables.js';

/** Numbers to the bit: NaN equals itself, and -0 is not 0. */
function bitsOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return [value.constructor.name, ...new Uint8Array(buffer, byteOffset, byteLength)];
  }
  if (Array.isArray(value)) return value.map(bitsOf);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([name, part]) => [name, bitsOf(part)]));
}

describe('the table on its way to a worker', () => {
  it('arrives as it left, to the bit, on shared memory', () => {
    fc.assert(
      fc.property(someTable, (data) => {
        const bytes = encodeTable(data);
        const found = decodeTable(bytes);
        expect(bitsOf(found)).to.deep.equal(bitsOf(data));
        expect(found.y.buffer).to.be.instanceOf(SharedArrayBuffer);
        expect(Buffer.compare(encodeTable(found), bytes)).to.equal(0);
      }),
      seeded(),
    );
  });

  it('says which quantiles are predicted, and nothing of an exposure, which nobody but the coordinator asks for', () => {
    const data = { ...TINY, metric: 'pinball', quantiles: [0.1, 0.9], exposure: Float32Array.of(1, 2) };
    const found = decodeTable(encodeTable(data));
    expect(found.quantiles).to.deep.equal([0.1, 0.9]);
    expect(found).not.to.have.property('exposure');
    expect(predictedShape(found, { fold: 0 })).to.include({ cols: 2 });
    for (const quantiles of [[], [0.9, 0.1], [1]]) {
      expect(() => decodeTable(encodeTable({ ...data, quantiles })), String(quantiles)).to.throw('table');
    }
  });

  it('is refused when any byte of it was changed into nonsense, never half understood', () => {
    fc.assert(
      fc.property(someTable, fc.nat(), fc.integer({ min: 1, max: 255 }), (data, at, change) => {
        const bytes = encodeTable(data);
        bytes[at % bytes.length] ^= change;
        try {
          decodeTable(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(ToolkitError);
        }
      }),
      seeded(),
    );
  });

  const faulty: readonly (readonly [string, Partial<StudyData>, string])[] = [
    ['a row that the table does not have', { holdout: Uint32Array.of(2) }, 'rows must be those of the table'],
    ['a class that is none', { task: 'binary', k: 2, classes: ['a', 'b'], y: Float32Array.of(0, 2) }, 'a target'],
    ['fewer targets than rows', { y: Float32Array.of(0) }, 'must have all its arrays'],
    ['an unknown metric', { metric: 'luck' }, 'must be the name of a metric'],
    [
      'a code without a level',
      {
        frame: {
          rowCount: 2,
          columns: [{ kind: 'categorical', name: 'b', levels: ['x'], codes: Int32Array.of(0, 1) }],
        },
      },
      'codes must be those of levels',
    ],
  ];
  for (const [what, change, rule] of faulty) {
    it(`is refused with ${what}`, () => {
      expect(() => decodeTable(encodeTable({ ...TINY, ...change }))).to.throw(ToolkitError, rule);
    });
  }
});
