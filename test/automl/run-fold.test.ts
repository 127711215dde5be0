import { expect } from 'chai';

import type { FoldJob, StudyData } from '../../src/automl/index.js';
import { Predictor, preparedKey, runFold } from '../../src/automl/index.js';
import { Rng } from '../../src/core/index.js';
import { encodeFrame, encodeTarget, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import { wasmEngine } from '../../src/engine/index.js';

const N = 300;

/** Levels of two columns, whose sums are the target. */
async function madeData() {
  const rng = new Rng(2);
  const effects = Array.from({ length: 9 }, () => 3 * rng.normal());
  const lines = Array.from({ length: N }, () => {
    const [a, b] = [rng.integer(9), rng.integer(4)];
    return `level ${a},kind ${b},${effects[a] + b + rng.normal() / 5}`;
  });
  const table = await parseCsv(`a,b,y\n${lines.join('\n')}\n`);
  const { schema, rows } = inferSchema(table, { target: 'y', task: 'regression' });
  return { schema, table, rows };
}

describe('one fold of a study', () => {
  it('is prepared as its settings want categories, once for each of their forms', async () => {
    const { schema, table, rows } = await madeData();
    const { frame } = encodeFrame(table, schema, rows);
    const { y } = encodeTarget(table, schema, rows);
    const validation = rows.filter((row) => row % 4 === 0);
    const train = rows.filter((row) => row % 4 > 0);
    const folds = [{ train, validation }];
    const data: StudyData = {
      ...{ frame, y, task: 'regression', k: 1, classes: [], folds, holdout: new Uint32Array(0) },
      ...{ metric: 'rmse', seed: 1 },
    };
    for (const family of ['gbdt', 'extratrees'] as const) {
      const job = (categories: string): FoldJob => ({ trial: 0, fold: 0, family, params: { categories }, seed: 1 });
      const [native, encoded] = ['native', 'encoded'].map(job);
      expect([preparedKey(native), preparedKey(encoded)]).to.deep.equal(['native/0', 'tree/0']);
      for (const one of [native, encoded]) {
        const outcome = await runFold(data, one, null, wasmEngine);
        if (!outcome.ok) throw new Error(outcome.error);
        expect(outcome.model.tensors['sets'] !== undefined).to.equal(one === native);
        expect(outcome.score).to.be.below(1.5);
        const again = await runFold(data, one, outcome.prepared, wasmEngine);
        expect(again).to.deep.include({ predictions: outcome.predictions, model: outcome.model });
        const recipe = outcome.prepared.key;
        const member = { name: 'one', family, weight: 1, folds: [{ recipe, state: outcome.model }] };
        const recipes = { [recipe]: outcome.prepared.recipe };
        const parts = { name: 'one', task: 'regression', k: 1, schema, recipes, members: [member] } as const;
        const { data: said } = await new Predictor(parts, wasmEngine).predict(frame);
        expect(Array.from(validation, (row) => said[row])).to.deep.equal([...outcome.predictions]);
      }
    }
  });
});
