import { expect } from 'chai';
import fc from 'fast-check';

import { ToolkitError } from '../../src/core/index.js';
import type { ForestKind } from '../../src/models/forest-model.js';
import { ForestModel, forestOf, restoreForest } from '../../src/models/forest-model.js';
import { packForest, unpackForest } from '../../src/models/packed-forest.js';
import type { Forest, Tree } from '../../src/trees/index.js';
import { isSound, plantForest } from '../../src/trees/index.js';
import { codes, COLS, leafOf, numbers, treesOf } from '../support/forests.js';

const KIND: ForestKind = { kind: 'extratrees', version: 1, says: 'probabilities', isPacked: true };
const REPORT = { parameters: 1, bestStep: 1, curve: [], notes: [] };
const DAMAGED = 'extratrees.restore: trees must be whole, got "a broken index". The file is damaged.';

const trees = fc.array(treesOf(true), { minLength: 1, maxLength: 5 });
const rows = fc.array(fc.tuple(numbers, numbers, codes), { minLength: 1, maxLength: 40 });

/** The same trees with a row of numbers for every leaf, some of which are alike. */
function withVectors(list: readonly Tree[], outputs: number): Forest {
  const own = list.map((tree) => {
    let leaf = 0;
    const isLeaf = (node: number) => tree.feature[node] < 0;
    const left = tree.left.map((child, node) => (isLeaf(node) ? leaf++ : child));
    const vectors = Float32Array.from(
      { length: leaf * outputs },
      (_, i) => (i % 5) / 8 - (i % outputs === 1 ? 0 : 0.25),
    );
    return { ...tree, left, value: tree.value.map((number, node) => (isLeaf(node) ? 0 : number)), vectors };
  });
  return plantForest(own, outputs);
}

function modelOf(forest: Forest, k: number): ForestModel {
  const task = k === 1 ? 'regression' : k === 2 ? 'binary' : 'multiclass';
  const scaling = { task, k, mean: 3, scale: 2, low: 0, high: 1 } as const;
  return new ForestModel(KIND, { forest, columns: COLS, scaling, base: 0, report: REPORT });
}

const forests = fc
  .tuple(trees, fc.constantFrom(1, 2, 3, 7))
  .map(([list, k]) => ({ list, k, forest: k > 2 ? withVectors(list, k) : plantForest(list) }));

describe('a packed forest', () => {
  it('says of every row what its trees say, to the bit, and is packed again as it was', async () => {
    await fc.assert(
      fc.asyncProperty(forests, rows, async ({ list, k, forest }, cells) => {
        const X = { rows: cells.length, cols: COLS, data: Float32Array.from(cells.flat()) };
        const model = modelOf(forest, k);
        const state = model.save();
        expect(state.version).to.equal(4);
        const restored = restoreForest(KIND, state);
        const said = await restored.predict(X);
        expect(said).to.deep.equal(await model.predict(X));
        expect(restored.save()).to.deep.equal(state);
        expect(isSound(forestOf(state), COLS, k > 2 ? k : 1)).to.equal(true);
        if (k > 1) return;
        cells.forEach((row, i) => {
          const sum = list.reduce((total, tree) => Math.fround(total + leafOf(tree, Array.from(row))), 0);
          expect(said.data[i]).to.equal(Math.fround(3 + 2 * sum));
        });
      }),
      { numRuns: 100 },
    );
  });

  it('keeps every number, set and vector once, and -0 apart from 0', () => {
    const leaf = (value: number): Tree => ({
      feature: Int32Array.of(-1),
      value: Float32Array.of(value),
      left: Int32Array.of(0),
      defaultLeft: Uint8Array.of(0),
    });
    const packed = packForest(plantForest([leaf(0.5), leaf(-0), leaf(0.5), leaf(0), leaf(0.1)]), 1);
    expect([...packed.numbers]).to.deep.equal([0.5, -0, 0, Math.fround(0.1)]);
    expect([...packed.places]).to.deep.equal([0, 1, 0, 2, 3]);
    expect([...packed.codes]).to.deep.equal([0, 0, 0, 0, 0]);
    fc.assert(
      fc.property(trees, (list) => {
        const { vectors, sets } = packForest(withVectors(list, 3), 3);
        for (const [table, width] of [
          [vectors, 3],
          [sets, 32],
        ] as const) {
          if (!table) continue;
          const all = Array.from({ length: table.length / width }, (_, i) =>
            table.slice(i * width, (i + 1) * width).join(),
          );
          expect(new Set(all).size).to.equal(all.length);
        }
      }),
    );
  });

  /** Trees of one split each, by one of some sets. */
  function splitBy(sets: readonly (readonly number[])[], own: readonly number[]): Forest {
    const bytes = new Uint8Array(32 * sets.length);
    sets.forEach((codes, s) => codes.forEach((code) => (bytes[32 * s + (code >> 3)] |= 1 << (code & 7))));
    const nodes = <T>(of: (set: number, t: number) => readonly T[]) => own.flatMap((set, t) => [...of(set, t)]);
    return {
      feature: Int32Array.from(nodes(() => [0, -1, -1])),
      value: Float32Array.from(nodes(() => [0, 1, 2])),
      left: Int32Array.from(nodes((_, t) => [3 * t + 1, 0, 0])),
      defaultLeft: new Uint8Array(3 * own.length),
      roots: Int32Array.from({ length: own.length + 1 }, (_, t) => 3 * t),
      set: Int32Array.from(nodes((set) => [set, -1, -1])),
      sets: bytes,
    };
  }

  it('keeps sets and vectors once whose hash is that of others', () => {
    const forest = splitBy([[0], [8, 9, 10, 11, 12]], [0, 1, 0, 1, 1]);
    const packed = packForest(forest, 1);
    expect(packed.sets).to.deep.equal(forest.sets);
    expect(unpackForest(packed)).to.deep.equal(forest);
  });

  it('is refused where a split asks for a set that is not there, with however many bytes', () => {
    const packed = packForest(splitBy([[0], [1]], [0, 1]), 1);
    const wide = new Uint8Array(4 * packed.places.length);
    packed.places.forEach((place, i) => (wide[4 * i] = place));
    expect(unpackForest({ ...packed, places: wide })).not.to.equal(null);
    for (const place of [
      [2, 0, 0, 0],
      [255, 255, 255, 255],
    ]) {
      const places = wide.slice();
      places.set(place);
      expect(unpackForest({ ...packed, places })).to.equal(null);
    }
  });

  it('takes as many bytes for a place as it needs', () => {
    for (const [leaves, bytes] of [
      [256, 1],
      [257, 2],
      [65_536, 2],
      [65_537, 3],
    ]) {
      const list = Array.from({ length: leaves }, (_, i): Tree => ({
        feature: Int32Array.of(-1),
        value: Float32Array.of(i),
        left: Int32Array.of(0),
        defaultLeft: Uint8Array.of(0),
      }));
      const forest = plantForest(list);
      const packed = packForest(forest, 1);
      expect(packed.places.length / leaves).to.equal(bytes);
      expect(unpackForest(packed)!.value).to.deep.equal(forest.value);
    }
  });

  it('is refused with one sentence where a byte of it was changed to what is no forest, and predicts from nothing outside', () => {
    fc.assert(
      fc.property(
        forests,
        fc.constantFrom('codes', 'places', 'roots', 'numbers'),
        fc.nat(),
        fc.nat(255),
        (made, name, at, value) => {
          const state = modelOf(made.forest, made.k).save();
          const changed = state.tensors[name].slice();
          if (changed.length === 0) return;
          changed[at % changed.length] = value;
          try {
            const forest = forestOf(
              restoreForest(KIND, { ...state, tensors: { ...state.tensors, [name]: changed } }).save(),
            );
            expect(isSound(forest, COLS, made.k > 2 ? made.k : 1)).to.equal(true);
          } catch (error) {
            expect(error).to.be.instanceOf(ToolkitError);
            expect((error as Error).message).to.equal(DAMAGED);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('whose trees begin nowhere is refused before anything is made of them', () => {
    const [{ forest, k }] = fc.sample(forests, { seed: 3, numRuns: 1 });
    const state = modelOf(forest, k).save();
    for (const roots of [[], [0, -1], [0, 2 ** 31 - 1], [0, 2 ** 30, 3], [1, 2], [0, 0]]) {
      const tensors = { ...state.tensors, roots: Int32Array.from(roots) };
      expect(() => restoreForest(KIND, { ...state, tensors }), String(roots)).to.throw(DAMAGED);
    }
  });

  it('that lacks a tensor, or has one of another kind, is refused', () => {
    const [{ forest, k }] = fc.sample(forests, { seed: 3, numRuns: 1 });
    const state = modelOf(forest, k).save();
    for (const name of ['places', 'numbers', 'roots']) {
      const { [name]: gone, ...tensors } = state.tensors;
      expect(() => restoreForest(KIND, { ...state, tensors })).to.throw(DAMAGED);
      const other = gone instanceof Float32Array ? Int32Array.from(gone) : Float32Array.from(gone);
      expect(() => restoreForest(KIND, { ...state, tensors: { ...tensors, [name]: other } })).to.throw(DAMAGED);
    }
    expect(() => restoreForest(KIND, { ...state, version: 1 })).to.throw(
      'extratrees.restore: version must be 4, got 1',
    );
  });

  it('of an earlier version, node by node, opens and says the same', async () => {
    await fc.assert(
      fc.asyncProperty(forests, rows, async ({ k, forest }, cells) => {
        const X = { rows: cells.length, cols: COLS, data: Float32Array.from(cells.flat()) };
        const model = modelOf(forest, k);
        const state = { ...model.save(), version: forest.sets ? 2 : 1, tensors: { ...forest } };
        expect(await restoreForest(KIND, state).predict(X)).to.deep.equal(await model.predict(X));
      }),
      { numRuns: 30 },
    );
  });
});
