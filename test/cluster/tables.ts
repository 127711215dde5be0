/** @file Small study data of every shape, at random. */

import fc from 'fast-check';

import type { FoldJob, FoldResult, StudyData } from '../../src/automl/index.js';
import { preparedKey } from '../../src/automl/index.js';
import type { FrameColumn } from '../../src/data/index.js';
import { textColumn } from '../support/texts.js';

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(NaN, -0, Infinity));
const name = fc.string({ unit: 'binary', maxLength: 8 });

function column(rows: number): fc.Arbitrary<FrameColumn> {
  const values = fc.array(anyNumber, { minLength: rows, maxLength: rows }).map((list) => Float64Array.from(list));
  const levels = fc.array(name, { maxLength: 4 });
  const codes = (most: number) =>
    fc
      .array(fc.integer({ min: -2, max: most }), { minLength: rows, maxLength: rows })
      .map((list) => Int32Array.from(list));
  const texts = fc.array(fc.option(fc.string({ unit: 'grapheme' })), { minLength: rows, maxLength: rows });
  return fc.oneof(
    fc.tuple(name, texts).map(([own, cells]) => textColumn(own, cells)),
    fc.record({ kind: fc.constant('numeric' as const), name, values }),
    fc.record({ kind: fc.constant('date' as const), name, epochMs: values }),
    levels.chain((known) =>
      fc.record({
        kind: fc.constant('categorical' as const),
        name,
        levels: fc.constant(known),
        codes: codes(known.length - 1),
      }),
    ),
    levels.chain((known) =>
      fc.record({
        kind: fc.constant('categorical' as const),
        name,
        levels: fc.constant(known),
        ranks: fc.constant(known.map((_, i) => i)),
        codes: codes(known.length - 1).map((list) => list.map((code) => Math.max(code, -1))),
      }),
    ),
  );
}

/** Directions of the numeric columns, in a third of the tables that have some. */
function directionsFor({ frame, seed }: Pick<StudyData, 'frame' | 'seed'>): Pick<StudyData, 'monotone'> {
  const names = frame.columns.filter(({ kind }) => kind === 'numeric').map((one) => one.name);
  if (names.length === 0 || seed % 3 > 0) return {};
  const signs = names.map((own, i): [string, 1 | -1] => [own, (seed + i) % 2 === 0 ? 1 : -1]);
  return { monotone: Object.fromEntries(signs) };
}

export const someTable: fc.Arbitrary<StudyData> = fc.integer({ min: 1, max: 12 }).chain((rows) => {
  const row = fc
    .array(fc.integer({ min: 0, max: rows - 1 }), { maxLength: rows })
    .map((list) => Uint32Array.from(list));
  const fold = fc.record({ train: row, validation: row });
  const floats = fc
    .array(fc.float({ noNaN: true }), { minLength: rows, maxLength: rows })
    .map((l) => Float32Array.from(l));
  const whole = fc
    .array(fc.integer({ min: -5, max: 5 }), { minLength: rows, maxLength: rows })
    .map((l) => Int32Array.from(l));
  const times = fc.array(fc.double(), { minLength: rows, maxLength: rows }).map((l) => Float64Array.from(l));
  const base = fc.record(
    {
      frame: fc.array(column(rows), { maxLength: 5 }).map((columns) => ({ rowCount: rows, columns })),
      folds: fc.array(fold, { maxLength: 3 }),
      holdout: row,
      weights: floats,
      groups: whole,
      times,
      copies: whole,
      classWeights: fc.constantFrom('none' as const, 'balanced' as const),
      seed: fc.nat(),
    },
    { requiredKeys: ['frame', 'folds', 'holdout', 'seed'] },
  );
  const regression = floats.map((y) => ({ task: 'regression' as const, k: 1, classes: [], metric: 'rmse', y }));
  const classes = fc.array(name, { minLength: 2, maxLength: 4 }).chain((words) =>
    fc.array(fc.integer({ min: 0, max: words.length - 1 }), { minLength: rows, maxLength: rows }).map((y) => ({
      task: 'multiclass' as const,
      k: words.length,
      classes: words,
      metric: 'logloss',
      y: Float32Array.from(y),
    })),
  );
  const pair = fc
    .record({
      positive: fc.constantFrom(0 as const, 1 as const, undefined),
      costs: fc.constantFrom(
        [
          [0, 1],
          [2.5, 0],
        ],
        undefined,
      ),
      codes: fc.array(fc.nat(1), { minLength: rows, maxLength: rows }),
    })
    .map(({ positive, costs, codes }) => ({
      task: 'binary' as const,
      k: 2,
      classes: ['no', 'yes'],
      ...(positive === undefined ? {} : { positive }),
      ...(costs === undefined ? {} : { costs }),
      metric: 'recall',
      y: Float32Array.from(codes),
    }));
  return fc
    .tuple(base, fc.oneof(regression, pair, classes))
    .map(([table, target]) => ({ ...table, ...directionsFor(table), ...target }));
});

/** A table of two rows. */
export const TINY: StudyData = {
  frame: {
    rowCount: 2,
    columns: [
      { kind: 'numeric', name: 'a', values: Float64Array.of(1, NaN) },
      { kind: 'categorical', name: 'b', levels: ['x'], codes: Int32Array.of(0, -1) },
    ],
  },
  y: Float32Array.of(0, 1),
  task: 'regression',
  k: 1,
  classes: [],
  folds: [{ train: Uint32Array.of(0), validation: Uint32Array.of(1) }],
  holdout: new Uint32Array(0),
  metric: 'rmse',
  seed: 1,
};

export const job = (trial: number, fold = 0): FoldJob => ({ trial, fold, family: 'dummy', params: {}, seed: trial });

/** What a fold of this job would give on the table of two rows, made up. */
export function resultOf(job: FoldJob): FoldResult {
  const { trial, fold } = job;
  return {
    ok: true,
    score: trial + fold / 10,
    predictions: Float32Array.of(trial === 0 ? -0 : trial),
    model: { kind: 'dummy', version: 1, json: { trial }, tensors: { w: Float64Array.of(trial, -0, NaN) } },
    seconds: 0.5,
    prepared: { key: preparedKey(job), recipe: { made: 'up' } },
  };
}
