import { expect } from 'chai';
import fc from 'fast-check';

import type { SavedState } from '../../src/core/index.js';
import { selectRows, ToolkitError } from '../../src/core/index.js';
import type { ForestKind } from '../../src/models/forest-model.js';
import { ForestModel, restoreForest } from '../../src/models/forest-model.js';
import { plantForest } from '../../src/trees/index.js';
import { codes, COLS, numbers, treesOf } from '../support/forests.js';

const KIND: ForestKind = { kind: 'gbdt', version: 1, says: 'logits' };
const SCALING = { task: 'regression', k: 1, mean: 3, scale: 2, low: 0, high: 1 } as const;
const REPORT = { parameters: 1, bestStep: 1, curve: [], notes: [] };

const models = (hasSets: boolean) =>
  fc.array(treesOf(hasSets), { minLength: 1, maxLength: 4 }).map((trees) => {
    const forest = plantForest(trees);
    return new ForestModel(KIND, { forest, columns: COLS, scaling: SCALING, base: 0.5, report: REPORT });
  });

const tables = fc
  .array(fc.tuple(numbers, numbers, codes), { minLength: 1, maxLength: 40 })
  .map((rows) => ({ rows: rows.length, cols: COLS, data: Float32Array.from(rows.flat()) }));

describe('a model of trees', () => {
  for (const hasSets of [false, true]) {
    it(`${hasSets ? 'that splits by categories ' : ''}is restored to the bit`, async () => {
      await fc.assert(
        fc.asyncProperty(models(hasSets), tables, async (model, X) => {
          const restored = restoreForest(KIND, model.save());
          expect(await restored.predict(X)).to.deep.equal(await model.predict(X));
        }),
        { numRuns: 40 },
      );
    });
  }

  it('says of some rows, in any order, what it says of a copy of them, whatever the others hold', async () => {
    const cases = fc
      .boolean()
      .chain((hasSets) => fc.tuple(models(hasSets), tables, fc.array(fc.nat(), { maxLength: 300 })));
    await fc.assert(
      fc.asyncProperty(cases, async ([model, { rows: count, cols, data }, drawn]) => {
        const X = { rows: count + 1, cols, data: Float32Array.of(...data, ...new Array<number>(cols).fill(Infinity)) };
        const rows = Uint32Array.from(drawn, (row) => row % count);
        expect(await model.predictRows(X, rows)).to.deep.equal(await model.predict(selectRows(X, rows)));
      }),
      { numRuns: 100 },
    );
    const [model] = fc.sample(models(false), { seed: 1, numRuns: 1 });
    const broken = { rows: 2, cols: COLS, data: new Float32Array(2 * COLS).fill(Infinity, COLS) };
    const failure = await model.predictRows(broken, Uint32Array.of(0, 1)).catch((error: Error) => error.message);
    expect(failure).to.include('at row 1, column 0');
  });

  it('is saved as it always was where nothing is split by categories, and as the next version where something is', () => {
    const [plain] = fc.sample(models(false), { seed: 1, numRuns: 1 });
    expect(plain.save().version).to.equal(1);
    expect(Object.keys(plain.save().tensors)).to.have.members(['feature', 'value', 'left', 'defaultLeft', 'roots']);
    const bySets = fc.sample(models(true), { seed: 1, numRuns: 50 }).map((model) => model.save());
    const withSets = bySets.filter(({ tensors }) => tensors['sets'] !== undefined);
    expect(withSets).to.not.have.length(0);
    for (const { version } of withSets) expect(version).to.equal(2);
  });

  it('is refused with one sentence where a number of its sets was changed, and never predicts from outside of them', () => {
    fc.assert(
      fc.property(models(true), fc.nat(), fc.integer(), (model, place, value) => {
        const state = model.save();
        const set = state.tensors['set'] as Int32Array | undefined;
        if (!set) return;
        const changed = set.slice();
        changed[place % set.length] = value;
        const restore = () => restoreForest(KIND, { ...state, tensors: { ...state.tensors, set: changed } });
        const before = set[place % set.length];
        const feature = (state.tensors['feature'] as Int32Array)[place % set.length];
        const rows = (state.tensors['sets'] as Uint8Array).length / 32;
        if (value === before || (feature >= 0 && value >= -1 && value < rows)) restore();
        else
          expect(restore).to.throw(
            ToolkitError,
            'gbdt.restore: trees must be whole, got "a broken index". The file is damaged.',
          );
      }),
      { numRuns: 100 },
    );
  });

  it('of the other version is refused', () => {
    const states = fc.sample(models(true), { seed: 1, numRuns: 50 }).map((model) => model.save());
    for (const state of states) {
      const other: SavedState = { ...state, version: 3 - state.version };
      expect(() => restoreForest(KIND, other)).to.throw(
        `gbdt.restore: version must be ${state.version}, got ${3 - state.version}. It was written by another version of lrnn-automl.`,
      );
    }
  });
});
