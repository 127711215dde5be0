/** @file Trees of any form say in every artefact what they say here: thresholds and sets of categories, mixed in one tree. */

import { expect } from 'chai';
import fc from 'fast-check';

import type { PredictorParts } from '../../src/automl/index.js';
import { allRows } from '../../src/core/index.js';
import { encodeFrame, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import { planOf } from '../../src/export/index.js';
import { ForestModel } from '../../src/models/forest-model.js';
import { fitRecipe } from '../../src/prepare/index.js';
import { plantForest } from '../../src/trees/index.js';
import { codes, COLS, leafOf, numbers, treesOf } from '../support/forests.js';
import { expectParity, natively } from './support/parity.js';

/** A model of three columns of numbers, the last of which names categories. */
async function partsOf(
  forest: ReturnType<typeof plantForest>,
  link: { readonly link?: 'log' } = {},
): Promise<PredictorParts> {
  const lines = Array.from({ length: 60 }, (_, i) => `${i / 7},${(i % 13) / 2},${i % 29},${i / 3}`);
  const table = await parseCsv(`a,b,code,y\n${lines.join('\n')}\n`);
  const types = { a: 'numeric', b: 'numeric', code: 'numeric' } as const;
  const { schema, rows } = inferSchema(table, { target: 'y', task: 'regression', types });
  const { frame } = encodeFrame(table, schema, rows);
  const { recipe } = fitRecipe('tree', frame, { y: new Float32Array(rows.length), k: 1 }, allRows(rows.length), 1);
  const numeric = recipe.toJSON() as { columns: { centre: number }[] };
  // As they are written: a code that is shifted is another one.
  for (const column of numeric.columns) column.centre = 0;
  const scaling = { task: 'regression', k: 1, mean: 0, scale: link.link ? 7.5 : 1, low: 0, high: 1, ...link } as const;
  const report = { parameters: 1, bestStep: 1, curve: [], notes: [] };
  const kind = { kind: 'gbdt', version: 1, says: 'logits' } as const;
  const model = new ForestModel(kind, { forest, columns: COLS, scaling, base: 0.25, report });
  const folds = [{ recipe: 'tree/0', state: model.save() }];
  const members = [{ name: 'gbdt-0', family: 'gbdt' as const, weight: 1, folds }];
  const recipes = { 'tree/0': numeric as never };
  return { name: 'gbdt-0', task: 'regression', k: 1, schema, recipes, members };
}

describe('trees of any form in every artefact', function () {
  this.timeout(120_000);

  it('split by thresholds and by sets of categories as here', async () => {
    let withSets = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(treesOf(true), { minLength: 3, maxLength: 6 }),
        fc.array(fc.tuple(numbers, numbers, codes), { minLength: 1, maxLength: 40 }),
        async (trees, rows) => {
          const forest = plantForest(trees);
          withSets += Number(forest.sets !== undefined);
          const cells = rows.map(([a, b, code]) => ({ a, b, code }));
          await expectParity(await partsOf(forest), cells);
        },
      ),
      { numRuns: 10 },
    );
    expect(withSets).to.be.above(0);
  });

  it('say logarithms of what is predicted where they do here, and are no sum of what columns add', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(treesOf(true), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(numbers, numbers, codes), { minLength: 1, maxLength: 40 }),
        async (trees, rows) => {
          const parts = await partsOf(plantForest(trees), { link: 'log' });
          expect(planOf(parts).exact).to.equal(null);
          const cells = rows.map(([a, b, code]) => ({ a, b, code }));
          const { numbers: said } = await natively(parts, cells);
          rows.forEach((row, i) => {
            const sum = trees.reduce((total, tree) => total + leafOf(tree, row), 0.25);
            expect(said[i] / (7.5 * Math.exp(sum))).to.be.closeTo(1, 1e-5);
          });
          await expectParity(parts, cells);
        },
      ),
      { numRuns: 10 },
    );
  });
});
