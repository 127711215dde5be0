import { expect } from 'chai';

import type { PredictorParts } from '../../../src/automl/index.js';
import { Predictor } from '../../../src/automl/index.js';
import type { Task } from '../../../src/core/index.js';
import type { Frame } from '../../../src/data/index.js';
import { encodeRows } from '../../../src/data/index.js';
import { parseCsv } from '../../../src/data/node.js';
import { wasmEngine } from '../../../src/engine/index.js';
import type { Feature } from '../../../src/explain/index.js';
import { alike, cellOf, featuresOf, stacked, takeRows, withCells } from '../../../src/explain/index.js';
import { RowExplainer } from '../../../src/explain/model/row-explainer.js';
import { shapleyValues } from '../../../src/trees/shapley-reference.js';
import type { MemberRecipe } from '../../support/fitted.js';
import { motley, motleyParts } from '../../support/fitted.js';

type Scored = (frame: Frame) => Promise<number[][]>;

async function frameOf(parts: PredictorParts, count: number, seed: number): Promise<Frame> {
  const { names, table } = await parseCsv(motley(count, seed));
  const rows = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, table.get(name, i) as string | null])),
  );
  return encodeRows(rows, parts.schema).frame;
}

/** What a model predicts, row by row. */
async function predictions(parts: PredictorParts, frame: Frame): Promise<number[][]> {
  const predictor = new Predictor(parts, wasmEngine);
  const { data, cols } = await predictor.predict(frame);
  predictor.dispose();
  return Array.from({ length: frame.rowCount }, (_, row) => [...data.subarray(row * cols, (row + 1) * cols)]);
}

/** The mean, over the models of the only member, of the scores that their probabilities stand for. */
async function scores(parts: PredictorParts, frame: Frame): Promise<number[][]> {
  const [member] = parts.members;
  const found = frameRows(frame).map(() => Array.from({ length: parts.k }, () => 0));
  for (const fold of member.folds) {
    const said = await predictions({ ...parts, members: [{ ...member, folds: [fold] }] }, frame);
    said.forEach((shares, row) => {
      const logs = shares.map(Math.log);
      const mean = logs.reduce((sum, value) => sum + value, 0) / parts.k;
      const own = parts.k === 2 ? [logs[0] - logs[1], logs[1] - logs[0]] : logs.map((value) => value - mean);
      own.forEach((value, c) => (found[row][c] += value / member.folds.length));
    });
  }
  return found;
}

function frameRows({ rowCount }: Frame): number[] {
  return Array.from({ length: rowCount }, (_, row) => row);
}

/** Every coalition asked of the whole model: the columns of the row, and all others from a background row. */
async function defined(
  row: Frame,
  background: Frame,
  features: readonly Feature[],
  scored: Scored,
): Promise<Float64Array> {
  const d = features.length;
  const pairs = background.columns.map((column, c) => alike([column, row.columns[c]]));
  const mixtures = Array.from({ length: 2 ** d }, (_, coalition): Frame => {
    const own = new Set(features.filter((_unused, j) => (coalition >> j) & 1).flatMap(({ parts }) => parts));
    const columns = pairs.map(([column, from]) =>
      own.has(column.name)
        ? withCells(
            column,
            frameRows(background).map(() => cellOf(from, 0)),
          )
        : column,
    );
    return { ...background, columns };
  });
  const said = await scored(stacked(mixtures));
  const rows = background.rowCount;
  return shapleyValues(d, (coalition) => {
    const own = said.slice(coalition * rows, (coalition + 1) * rows);
    return own[0].map((_, c) => own.reduce((sum, numbers) => sum + numbers[c], 0) / rows);
  });
}

interface Case {
  readonly name: string;
  readonly task: Task;
  readonly members: readonly MemberRecipe[];
  readonly with?: Partial<PredictorParts>;
}

const BOTH: readonly MemberRecipe[] = [
  { family: 'gbdt', weight: 0.7 },
  { family: 'extratrees', weight: 0.2 },
];
/** What a row adds up to, and how. */
const CASES: readonly (Case & { readonly unit: string; readonly method: string })[] = [
  ...(['xgboost', 'gbdt', 'extratrees'] as const).flatMap((family) =>
    (['regression', 'binary', 'multiclass'] as const).map((task) => ({
      name: `${task}: ${family}`,
      task,
      members: [{ family }],
      unit: task === 'regression' || family === 'extratrees' ? 'prediction' : 'log-odds',
      method: 'exact',
    })),
  ),
  {
    name: 'classes under a temperature',
    task: 'binary',
    members: [{ family: 'gbdt' }],
    with: { calibration: { method: 'temperature', temperature: 2.5 } },
    unit: 'log-odds',
    method: 'exact',
  },
  {
    name: 'a stack of one',
    task: 'multiclass',
    members: [{ family: 'gbdt', weight: 0.6 }],
    with: { combine: { method: 'softmax' } },
    unit: 'log-odds',
    method: 'exact',
  },
  {
    name: 'a stack of trees',
    task: 'regression',
    members: BOTH,
    with: { combine: { method: 'sum', offset: -7.25 } },
    unit: 'prediction',
    method: 'exact',
  },
  {
    name: 'trees and a sum of columns, which sampling finds exactly, too',
    task: 'regression',
    members: [...BOTH, { family: 'linear', weight: 0.3 }],
    with: { combine: { method: 'sum', offset: 3 } },
    unit: 'prediction',
    method: 'partly exact',
  },
];

async function made({ task, members, with: more }: Case) {
  const parts = { ...(await motleyParts(task, members)), ...more };
  const features = featuresOf(await frameOf(parts, 1, 1), parts.schema);
  const explainerFor = (background: Frame) => new RowExplainer({ parts, background, features, engine: wasmEngine });
  return { parts, features, explainerFor };
}

describe('RowExplainer', function () {
  this.timeout(60_000);

  for (const one of CASES) {
    it(`gives what asking the model about every coalition gives: ${one.name}`, async () => {
      const { parts, features, explainerFor } = await made(one);
      const background = await frameOf(parts, 3, 21);
      const explainer = explainerFor(background);
      expect([explainer.unit, explainer.method]).to.deep.equal([one.unit, one.method]);
      const scored: Scored = (frame) => (one.unit === 'prediction' ? predictions(parts, frame) : scores(parts, frame));
      const rows = await frameOf(parts, 2, 22);
      const found = await explainer.explain(rows);
      explainer.dispose();
      for (const row of frameRows(rows)) {
        const expected = await defined(takeRows(rows, [row]), background, features, scored);
        const { columns, end } = found[row];
        const [said] = await scored(takeRows(rows, [row]));
        // The model says its numbers in float32.
        const size = 1e-5 * Math.max(1, ...said.map(Math.abs));
        said.forEach((value, c) => expect(end[c]).to.be.closeTo(value, size));
        columns.forEach(({ column, values }, j) =>
          values.forEach((value, c) => {
            expect(value, `${column}, output ${c}`).to.be.closeTo(expected[j * values.length + c], size);
          }),
        );
      }
    });

    it(`goes from the mean over the background to the row, to 1e-6: ${one.name}`, async () => {
      const { parts, explainerFor } = await made(one);
      const explainer = explainerFor(await frameOf(parts, 40, 23));
      for (const { base, end, columns } of await explainer.explain(await frameOf(parts, 12, 24))) {
        end.forEach((value, c) => {
          const sum = columns.reduce((all, { values }) => all + values[c], base[c]);
          // What is sampled is said in float32.
          expect(sum).to.be.closeTo(value, one.method === 'exact' ? 1e-6 : 1e-5 * Math.max(1, Math.abs(value)));
        });
      }
      explainer.dispose();
    });
  }

  it('samples what is no sum of trees: networks, and classes that are blended, stacked or calibrated otherwise', async () => {
    const line = { method: 'isotonic', x: [0, 0.4, 1], y: [0.01, 0.3, 0.95] } as const;
    const sampled: readonly Omit<Case, 'name'>[] = [
      { task: 'regression', members: [{ family: 'mlp' }] },
      { task: 'binary', members: [{ family: 'gbdt' }, { family: 'xgboost' }] },
      { task: 'binary', members: [{ family: 'gbdt' }], with: { calibration: line } },
      { task: 'binary', members: [{ family: 'extratrees' }], with: { calibration: line } },
      { task: 'multiclass', members: BOTH, with: { combine: { method: 'softmax' } } },
    ];
    for (const one of sampled) {
      const { parts, explainerFor } = await made({ ...one, name: '' });
      const explainer = explainerFor(await frameOf(parts, 2, 25));
      expect([explainer.unit, explainer.method]).to.deep.equal(['prediction', 'sampled']);
      const row = await frameOf(parts, 1, 26);
      const [{ base, end, columns }] = await explainer.explain(row);
      const [said] = await predictions(parts, row);
      said.forEach((value, c) => {
        expect(end[c]).to.be.closeTo(value, 1e-5 * Math.max(1, Math.abs(value)));
        const sum = columns.reduce((all, { values }) => all + values[c], base[c]);
        expect(sum).to.be.closeTo(value, 1e-5 * Math.max(1, Math.abs(value)));
      });
      explainer.dispose();
    }
  });

  it('samples trees that are too dear to be asked, in what the model predicts', async () => {
    const { parts, features } = await made({ name: '', task: 'binary', members: [{ family: 'gbdt' }] });
    const background = await frameOf(parts, 4, 29);
    const methodFor = (mostVisits: number) => {
      const explainer = new RowExplainer({ parts, background, features, engine: wasmEngine, mostVisits });
      explainer.dispose();
      return [explainer.method, explainer.unit];
    };
    expect(methodFor(10)).to.deep.equal(['sampled', 'prediction']);
    expect(methodFor(1e6)).to.deep.equal(['exact', 'log-odds']);
  });

  it('takes the trees of means out of a blend of probabilities', async () => {
    const { explainerFor, parts } = await made({
      name: '',
      task: 'multiclass',
      members: [{ family: 'extratrees' }, { family: 'gbdt' }],
    });
    const explainer = explainerFor(await frameOf(parts, 2, 27));
    expect([explainer.unit, explainer.method]).to.deep.equal(['prediction', 'partly exact']);
    const row = await frameOf(parts, 1, 28);
    const [{ base, end, columns }] = await explainer.explain(row);
    const [said] = await predictions(parts, row);
    said.forEach((value, c) => {
      expect(end[c]).to.be.closeTo(value, 1e-6);
      expect(columns.reduce((all, { values }) => all + values[c], base[c])).to.be.closeTo(value, 1e-6);
    });
    explainer.dispose();
  });
});
