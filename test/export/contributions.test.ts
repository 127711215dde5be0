/** @file The JavaScript module of a model of trees says what each column adds, as the product does. */

import { expect } from 'chai';

import type { PredictorParts } from '../../src/automl/index.js';
import type { Task } from '../../src/core/index.js';
import { encodeRows } from '../../src/data/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import type { RowContributions } from '../../src/explain/index.js';
import { featuresOf, RowExplainer } from '../../src/explain/index.js';
import { encodeStandalone, planOf, selfTestOf } from '../../src/export/index.js';
import { readTemplate } from '../../src/export/node.js';
import type { MemberRecipe } from '../support/fitted.js';
import { motley, motleyParts } from '../support/fitted.js';
import { troubledRows } from './support/parity.js';

type Row = Readonly<Record<string, unknown>>;
type Said = (RowContributions & { readonly unit: string }) | null;
type Contributions = (row: Row, background: readonly Row[]) => Said;

async function moduleOf(parts: PredictorParts): Promise<{ contributions: Contributions }> {
  const content = { writer: '0', metric: 'rmse', study: {}, selfTest: selfTestOf([], new Float32Array(0)) };
  const { code } = await encodeStandalone(planOf(parts), await readTemplate(), content);
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`) as Promise<{
    contributions: Contributions;
  }>;
}

interface Case {
  readonly task: Task;
  readonly members: readonly MemberRecipe[];
  readonly with?: Partial<PredictorParts>;
}

const STACK: readonly MemberRecipe[] = [
  { family: 'gbdt', weight: 0.7 },
  { family: 'xgboost', weight: 0.3 },
  { family: 'extratrees', weight: 0.2 },
];
const EXACT: readonly Case[] = [
  ...(['xgboost', 'gbdt', 'extratrees'] as const).flatMap((family) =>
    (['regression', 'binary', 'multiclass'] as const).map((task) => ({ task, members: [{ family }] })),
  ),
  { task: 'binary', members: [{ family: 'gbdt' }], with: { calibration: { method: 'temperature', temperature: 2.5 } } },
  { task: 'multiclass', members: [{ family: 'gbdt', weight: 0.6 }], with: { combine: { method: 'softmax' } } },
  { task: 'regression', members: STACK, with: { combine: { method: 'sum', offset: -7.25 } } },
];

describe('contributions of an exported module', function () {
  this.timeout(60_000);

  it('are those of the product, for every task and form of trees, gaps and unseen categories', async () => {
    const csv = motley(40, 17);
    const rows = await troubledRows(csv, 12, 9);
    const background = rows.slice(3);
    for (const { task, members, with: more } of EXACT) {
      const parts = { ...(await motleyParts(task, members)), ...more };
      const { contributions } = await moduleOf(parts);
      const { frame } = encodeRows(background, parts.schema);
      const features = featuresOf(frame, parts.schema);
      const explainer = new RowExplainer({ parts, background: frame, features, engine: wasmEngine });
      const native = await explainer.explain(encodeRows(rows.slice(0, 3), parts.schema).frame);
      explainer.dispose();
      native.forEach((own, i) => {
        const said = contributions(rows[i], background)!;
        const name = `${task} ${members.map(({ family }) => family).join()}`;
        expect(said.unit, name).to.equal(explainer.unit);
        expect(said.columns.map(({ column }) => column)).to.deep.equal(own.columns.map(({ column }) => column));
        const numbers = ({ base, end, columns }: RowContributions): number[] => [
          ...base,
          ...end,
          ...columns.flatMap(({ values }) => values),
        ];
        const expected = numbers(own);
        const size = 1e-6 * Math.max(1, ...expected.map(Math.abs));
        numbers(said).forEach((value, at) => expect(value, `${name} ${at}`).to.be.closeTo(expected[at], size));
        said.end.forEach((end, c) => {
          const sum = said.columns.reduce((all, { values }) => all + values[c], said.base[c]);
          expect(sum).to.be.closeTo(end, 1e-6);
        });
      });
    }
  });

  it('are none where the model is no sum of trees, and refuse a background of nothing', async () => {
    const [row] = await troubledRows(motley(3, 17), 3, 9);
    const none: readonly Case[] = [
      { task: 'regression', members: [{ family: 'gbdt' }, { family: 'linear' }] },
      { task: 'binary', members: [{ family: 'gbdt' }, { family: 'gbdt' }] },
      {
        task: 'binary',
        members: [{ family: 'extratrees' }],
        with: { calibration: { method: 'temperature', temperature: 2 } },
      },
    ];
    for (const { task, members, with: more } of none) {
      const { contributions } = await moduleOf({ ...(await motleyParts(task, members)), ...more });
      expect(contributions(row, [row])).to.equal(null);
    }
    const { contributions } = await moduleOf(await motleyParts('regression', [{ family: 'gbdt' }]));
    expect(() => contributions(row, [])).to.throw('contributions: background must be an array of one row or more.');
    expect(() => contributions(row, [null as never])).to.throw('rows: row 1 must be an object');
  });
});
