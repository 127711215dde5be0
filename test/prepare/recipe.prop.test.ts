import { expect } from 'chai';
import fc from 'fast-check';

import type { JsonObject, Matrix } from '../../src/core/index.js';
import { selectRows } from '../../src/core/index.js';
import type { Frame, FrameColumn } from '../../src/data/index.js';
import type { EncodingTarget, RecipeKind } from '../../src/prepare/index.js';
import { fitRecipe, restoreRecipe } from '../../src/prepare/index.js';
import { anyTable } from './support/frames.js';

const KINDS: RecipeKind[] = ['network', 'tree', 'native'];
/** Two levels are one-hot, more are target encoded: both encoders are at work. */
const OPTIONS = { oneHotLimit: 3, codesAlone: 3 };

/** Bits of a matrix as numbers that deep equality can compare; NaN equals NaN. */
const bits = ({ data }: Matrix) => Array.from(data, (x) => (Number.isNaN(x) ? 'NaN' : x));

describe('recipe, on any table', () => {
  for (const kind of KINDS) {
    it(`gives a ${kind} what it can take`, () => {
      fc.assert(
        fc.property(anyTable, ({ frame, target, trainRows, seed }) => {
          const { recipe, X } = fitRecipe(kind, frame, target, trainRows, seed, OPTIONS);
          expect(X.rows).to.equal(frame.rowCount);
          expect(X.cols).to.equal(recipe.width).and.to.equal(recipe.names.length);
          expect(X.data.buffer).to.be.instanceOf(SharedArrayBuffer);
          const accepts = (x: number) => (kind === 'network' ? Math.abs(x) <= 3 : !(Math.abs(x) > 1e37));
          expect(X.data.every(accepts)).to.be.true;
          expect(recipe.transform(frame).data.every(accepts)).to.be.true;
        }),
      );
    });

    it(`restores a ${kind} recipe from its JSON to the bit`, () => {
      fc.assert(
        fc.property(anyTable, ({ frame, target, trainRows, seed }) => {
          const { recipe } = fitRecipe(kind, frame, target, trainRows, seed, OPTIONS);
          const restored = restoreRecipe(JSON.parse(JSON.stringify(recipe.toJSON())) as JsonObject);
          expect(restored.names).to.deep.equal(recipe.names);
          expect(bits(restored.transform(frame))).to.deep.equal(bits(recipe.transform(frame)));
        }),
      );
    });

    it(`never looks at rows that do not train (${kind})`, () => {
      fc.assert(
        fc.property(anyTable, anyTable, ({ frame, target, trainRows, seed }, other) => {
          const isTraining = new Set(trainRows);
          const changed = changeRows(frame, other.frame, (row) => !isTraining.has(row));
          const y = target.y.map((value, row) => (isTraining.has(row) ? value : (value + 1) % Math.max(2, target.k)));
          const first = fitRecipe(kind, frame, target, trainRows, seed, OPTIONS);
          const second = fitRecipe(kind, changed, { y, k: target.k }, trainRows, seed, OPTIONS);
          expect(second.recipe.toJSON()).to.deep.equal(first.recipe.toJSON());
          expect(bits(selectRows(second.X, trainRows))).to.deep.equal(bits(selectRows(first.X, trainRows)));
        }),
      );
    });

    it(`shows rows that do not train what a prediction would see (${kind})`, () => {
      fc.assert(
        fc.property(anyTable, ({ frame, target, trainRows, seed }) => {
          const { recipe, X } = fitRecipe(kind, frame, target, trainRows, seed, OPTIONS);
          const isTraining = new Set(trainRows);
          const others = Array.from({ length: frame.rowCount }, (_, row) => row).filter((row) => !isTraining.has(row));
          expect(bits(selectRows(X, others))).to.deep.equal(bits(selectRows(recipe.transform(frame), others)));
        }),
      );
    });
  }

  it('encodes no training row by its own target', () => {
    fc.assert(
      fc.property(anyTable, fc.nat(), ({ frame, trainRows, seed }, pick) => {
        const row = trainRows[pick % trainRows.length];
        const encoded = (target: EncodingTarget) => {
          const { recipe, X } = fitRecipe('tree', frame, target, trainRows, seed, OPTIONS);
          const values = recipe.names.map((name, j) => (name.includes('→ target') ? X.data[row * X.cols + j] : 0));
          return { names: recipe.names.join(), values };
        };
        const y = Float32Array.from({ length: frame.rowCount }, (_, i) => (i * 7) % 5);
        const changed = y.map((value, i) => (i === row ? value + 1 : value));
        const [before, after] = [encoded({ y, k: 1 }), encoded({ y: changed, k: 1 })];
        // A column may vary before and not after (then it is dropped), so only equal layouts are compared.
        if (before.names !== after.names) return;
        before.values.forEach((value, j) => expect(after.values[j]).to.be.closeTo(value, 1e-6));
      }),
    );
  });
});

/** The frame with the cells of some rows taken from another frame of the same columns. */
function changeRows(frame: Frame, other: Frame, isChanged: (row: number) => boolean): Frame {
  const cells = <T extends Float64Array | Int32Array>(mine: T, theirs: T): T => {
    const copy = mine.slice() as T;
    for (let i = 0; i < copy.length; i++) if (isChanged(i)) copy[i] = theirs[i % theirs.length];
    return copy;
  };
  const columns = frame.columns.map((column, j): FrameColumn => {
    const theirs = other.columns[j];
    if (column.kind === 'numeric' && theirs.kind === 'numeric') {
      return { ...column, values: cells(column.values, theirs.values) };
    }
    if (column.kind === 'date' && theirs.kind === 'date')
      return { ...column, epochMs: cells(column.epochMs, theirs.epochMs) };
    if (column.kind !== 'categorical' || theirs.kind !== 'categorical') throw new Error('columns do not match');
    const codes = cells(column.codes, theirs.codes).map((code) => Math.min(code, column.levels.length - 1));
    return { ...column, codes };
  });
  return { rowCount: frame.rowCount, columns };
}
