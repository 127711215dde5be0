import { expect } from 'chai';
import fc from 'fast-check';

import { allRows } from '../../src/core/index.js';
import type { Frame } from '../../src/data/index.js';
import { MISSING_CODE, UNSEEN_CODE } from '../../src/data/index.js';
import type { EncodingTarget } from '../../src/prepare/index.js';
import { fitRecipe } from '../../src/prepare/index.js';

/** A frame of one column `c`; null is a missing cell. */
function frameOf(
  cells: readonly (string | null)[],
  levels = [...new Set(cells.filter((cell) => cell !== null))],
): Frame {
  const codes = Int32Array.from(cells, (cell) => (cell === null ? MISSING_CODE : levels.indexOf(cell)));
  return { rowCount: cells.length, columns: [{ kind: 'categorical', name: 'c', codes, levels }] };
}

const zeros = (n: number): EncodingTarget => ({ y: new Float32Array(n), k: 1 });

function prepare(cells: readonly (string | null)[], train = cells.length, codesAlone?: number) {
  return fitRecipe('native', frameOf(cells), zeros(cells.length), allRows(train), 1, { codesAlone });
}

describe('codes of categories', () => {
  it('number levels by how many training rows have them, the first of equal ones first, gaps among them', () => {
    const { recipe, X } = prepare(['b', 'a', null, 'a', 'c', null, 'a', 'x', 'x', 'x', 'x', 'd'], 7);
    expect(recipe.names).to.deep.equal(['c']);
    expect(recipe.categories).to.deep.equal([true]);
    expect(recipe.sources).to.deep.equal(['c']);
    // Of the training rows three are a, two are missing, b and c are one each; x and d are unknown to them.
    expect([...X.data]).to.deep.equal([2, 0, 1, 0, 3, 1, 0, NaN, NaN, NaN, NaN, NaN]);
  });

  it('give a gap no code where the training rows have none', () => {
    expect([...prepare(['a', 'b', 'c', null], 3).X.data]).to.deep.equal([0, 1, 2, NaN]);
  });

  it('are not needed for two levels, which are a number, nor for one, which says nothing', () => {
    const two = prepare(['b', 'a', 'b', null]);
    expect([...two.X.data]).to.deep.equal([0, 1, 0, NaN]);
    expect(two.recipe.categories).to.deep.equal([false]);
    expect(prepare(['a', 'a']).recipe.names).to.deep.equal(['(nothing varies)']);
    expect(prepare(['a', 'a']).recipe.categories).to.deep.equal([false]);
  });

  it('have what the target says of each level beside them where levels are many', () => {
    const cells = Array.from({ length: 60 }, (_, i) => `level ${i % 12}`);
    const y = Float32Array.from(cells, (_, i) => i % 12);
    const { recipe } = fitRecipe('native', frameOf(cells), { y, k: 1 }, allRows(60), 1);
    expect(recipe.names).to.deep.equal(['c', 'c → target']);
    expect(recipe.categories).to.deep.equal([true, false]);
    expect(recipe.sources).to.deep.equal(['c', 'c']);
  });

  it('are 255 at most: rarer levels are as unknown ones', () => {
    const cells = Array.from({ length: 900 }, (_, i) => `level ${i < 600 ? i % 300 : i % 100}`);
    const { X } = prepare(cells, 900, Infinity);
    expect(new Set(X.data)).to.have.property('size', 256);
    for (let i = 0; i < 900; i++) {
      const level = Number(cells[i].slice(6));
      // The first hundred come most often; of the others the first ones are taken.
      if (level < 255) expect(X.data[i]).to.equal(level);
      else expect(X.data[i]).to.be.NaN;
    }
  });

  it('match levels by their names, in a frame that numbers them otherwise, and on rows of any kind', () => {
    const level = fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: null });
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 40 }),
        fc.array(level, { maxLength: 20 }),
        (cells, rows) => {
          const { recipe, X } = prepare(cells);
          const levels = ['e', 'z', 'd', 'c', 'b', 'a'];
          const again = recipe.transform(frameOf(cells, levels)).data;
          expect([...again]).to.deep.equal([...X.data]);
          const unseen = frameOf(rows, levels);
          const said = recipe.transform(unseen).data;
          rows.forEach((cell, i) => {
            const at = cells.indexOf(cell);
            for (let j = 0; j < recipe.width; j++) {
              const own = said[i * recipe.width + j];
              if (at >= 0) expect(own).to.deep.equal(X.data[at * recipe.width + j]);
              else if (recipe.categories[j]) expect(own).to.be.NaN;
            }
          });
          const strange = { ...unseen.columns[0], codes: new Int32Array(rows.length).fill(UNSEEN_CODE) };
          const unknown = recipe.transform({ ...unseen, columns: [strange] }).data;
          if (recipe.categories[0]) for (const own of unknown) expect(own).to.be.NaN;
        },
      ),
      { numRuns: 100 },
    );
  });
});
