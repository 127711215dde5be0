/** @file Made-up explanations of made-up studies: every part of them, with the names of the study. */

import type { StudyView } from '../../src/automl/index.js';
import { Rng } from '../../src/core/index.js';
import type { ColumnSchema, Frame, FrameColumn } from '../../src/data/index.js';
import { isFeature } from '../../src/data/index.js';
import type {
  ColumnReport,
  DataReport,
  Dependence,
  ExplainSample,
  LrnnInside,
  ModelExplanation,
  PreparedColumn,
  StudyExplanation,
} from '../../src/explain/index.js';
import { EXPLANATION_VERSION, relationOf } from '../../src/explain/index.js';
import type { RowAnswer } from '../../src/run/index.js';

const ROWS = 40;

const features = ({ schema }: StudyView): ColumnSchema[] => schema.columns.filter(isFeature);
const outputsOf = ({ schema }: StudyView): number => Math.max(1, schema.target.classes.length);

/** Forty rows of every feature. */
export function makeSample(view: StudyView): ExplainSample {
  const rng = new Rng(3);
  const columns = features(view).map((column): FrameColumn => {
    const draw = (make: () => number): number[] => Array.from({ length: ROWS }, make);
    if (column.levels) {
      const codes = Int32Array.from(draw(() => rng.integer(column.levels!.length)));
      return { kind: 'categorical', name: column.name, codes, levels: column.levels };
    }
    if (column.kind === 'date') {
      return {
        kind: 'date',
        name: column.name,
        epochMs: Float64Array.from(draw(() => 86_400_000 * rng.integer(20_000))),
      };
    }
    const make = column.kind === 'boolean' ? () => rng.integer(2) : () => 1000 * rng.uniform();
    return { kind: 'numeric', name: column.name, values: Float64Array.from(draw(make)) };
  });
  const frame: Frame = { rowCount: ROWS, columns };
  const { classes } = view.schema.target;
  return {
    frame,
    y: Float32Array.from({ length: ROWS }, () =>
      classes.length === 0 ? 9000 * rng.uniform() : rng.integer(classes.length),
    ),
    rows: Uint32Array.from({ length: ROWS }, (_, i) => i),
    folds: Int32Array.from({ length: ROWS }, (_, i) => i % view.folds),
  };
}

export function makeDataReport(view: StudyView): DataReport {
  const { frame, y } = makeSample(view);
  const { name: target, classes } = view.schema.target;
  const columns = view.schema.columns
    .filter(({ name }) => name !== target)
    .map((column): ColumnReport => {
      const { name, kind, reason, distinctCount } = column;
      const own = frame.columns.find((candidate) => candidate.name === name);
      const base = { name, kind, reason, missingShare: 0.1, distinctCount };
      if (!own) return { ...base, relation: null };
      const relation = relationOf(own, { y, k: Math.max(1, classes.length) });
      const histogram = { edges: [0, 1, 2], counts: [30, 10] };
      const numeric = { min: 0, q1: 0.5, median: 1, q3: 1.5, max: 2, mean: 1, histogram };
      if (own.kind !== 'categorical') return { ...base, relation, numeric };
      return { ...base, relation, top: own.levels.map((level, i) => ({ level, count: 10 + i })), otherCount: 3 };
    });
  return {
    version: 1,
    rows: view.summary.rows,
    target:
      classes.length > 0
        ? { top: classes.map((level, i) => ({ level, count: 10 * (i + 1) })) }
        : {
            numeric: {
              min: 0,
              q1: 1,
              median: 2,
              q3: 3,
              max: 4,
              mean: 2,
              histogram: { edges: [0, 2, 4], counts: [5, 9] },
            },
          },
    columns,
    duplicates: { same: 3, contradicting: 1 },
    warnings: [
      { kind: 'leak', text: `column "${columns[0].name}" is almost "${target}" itself (correlation 0.981)` },
      { kind: 'id', text: 'column "vin" looks like an identifier and is not used' },
    ],
  };
}

export function makePreparation(view: StudyView): PreparedColumn[] {
  return features(view).map(({ name }) => ({
    source: name,
    step: 'as it is, gaps kept',
    names: [name, `${name} is missing`],
  }));
}

function makeDependence(view: StudyView, column: ColumnSchema): Dependence {
  const outputs = outputsOf(view);
  const isCategory = column.levels !== undefined;
  const values = isCategory ? column.levels.map((_, i) => i) : [0, 1, 2, 3];
  const line = (o: number): number[] => values.map((v) => (outputs === 1 ? 9000 + 700 * v : (o + 1 + v) / 12));
  return {
    column: column.name,
    scale: isCategory ? 'category' : column.kind === 'date' ? 'date' : 'number',
    values: column.kind === 'date' ? values.map((v) => v * 1e10) : values,
    labels: isCategory ? [...column.levels] : values.map(String),
    shares: values.map(() => 1 / values.length),
    mean: Array.from({ length: outputs }, (_, o) => line(o)),
    ice: [line(0), line(0).map((value) => 0.9 * value)],
    iceOutput: outputs === 1 ? 0 : 1,
  };
}

function makeInside(view: StudyView): LrnnInside {
  const names = features(view).map(({ name }) => name);
  const layer = { hidden: 4, activation: 'tanh', sharing: 'basis', rankDeviation: 0.4, widthDeviation: 0.1 };
  const curve = { neuron: 3, share: 0.6, factors: [0.8, 1, 1.3] };
  return {
    rows: ROWS,
    folds: view.folds,
    inputSkip: true,
    layers: [{ ...layer, projection: 'axis', rank: 64, width: 6, effectiveRank: 12.34, effectiveWidth: 2.25 }],
    relevance: names.map((column, i) => ({ column, total: 0.5 / (i + 1), deviation: 0.02, frontScale: 1.5 })),
    pairs: [{ a: names[0], b: names[1], share: 0.0713 }],
    functions: names.slice(0, 2).map((column) => ({
      column,
      scale: 'number' as const,
      values: [1, 2, 3],
      labels: ['1', '2', '3'],
      curves: [curve, { ...curve, neuron: 7, share: 0.2 }],
    })),
    factors: [],
    exact: {
      rank: 64,
      hidden: 4,
      activation: 'tanh',
      constant: [7.5],
      bounds: outputsOf(view) === 1 ? [100, 20000] : null,
      written: `# columns: number, name, x\n1\t${JSON.stringify(names[0])}\tclip((v - 2) * 3)`,
      neurons: [{ neuron: 3, share: 0.61, weights: [0.123], columns: [{ column: names[0], deviation: 0.25 }] }],
      neuronsFor90: 9,
      linear: [{ name: names[0], weights: [-0.456] }],
    },
  };
}

export function makeExplanation(view: StudyView, model: string): ModelExplanation {
  const names = features(view);
  const outputs = outputsOf(view);
  const prediction =
    outputs === 1 ? [8100] : Array.from({ length: outputs }, (_, o) => (o === 0 ? 0.9 : 0.1 / (outputs - 1)));
  return {
    version: EXPLANATION_VERSION,
    model,
    rows: ROWS,
    dependenceRows: ROWS,
    repeats: 5,
    metric: view.summary.metric,
    importance: {
      score: 0.5,
      columns: names.map(({ name }, i) => {
        const mean = 100 / (i + 1) - 20;
        return { column: name, mean, deviation: 3, error: 3, isClear: mean > 6 };
      }),
    },
    dependence: names.map((column) => makeDependence(view, column)),
    summary: {
      unit: 'prediction',
      method: 'sampled',
      output: outputs === 2 ? 1 : 0,
      rows: ROWS,
      startRows: 12,
      columns: names.map(({ name, kind }, i) => ({
        column: name,
        size: 1 / (i + 1),
        values: Array.from({ length: ROWS }, (_, row) => Math.sin(7 * row + i) / (i + 1)),
        fifths: Array.from({ length: ROWS }, (_, row) => (kind === 'numeric' && row % 9 ? row % 5 : null)),
      })),
    },
    worst: Array.from({ length: 5 }, (_, i) => ({
      row: 7 * i,
      fold: i % view.folds,
      truth: outputs === 1 ? 9999 : 1,
      prediction,
      error: outputs === 1 ? 1899 : 0.9,
      cells: names.map(({ name, levels }, c) => (c === 1 ? null : (levels?.[0] ?? `${name} ${i}`))),
    })),
    inside: model.startsWith('lrnn') ? makeInside(view) : null,
  };
}

export function makeStudyExplanation(view: StudyView): StudyExplanation {
  const models = view.summary.leaderboard
    .filter(({ family }) => family !== 'ensemble')
    .map(({ model, family }) => ({ model, family }));
  const correlation = models.map((_, i) => models.map((_unused, j) => (i === j ? 1 : 0.9 - 0.01 * Math.abs(i - j))));
  const own = view.trials.filter(({ family, state }) => family === 'lrnn' && state === 'complete').slice(0, 2);
  const foldScores = own[0]?.foldScores.map((score) => score ?? 0) ?? [];
  const members = own.map(({ model }, i) => ({ model, weight: i === 0 ? 0.75 : 0.25 }));
  const cv = (own[0]?.cv ?? 1) * 0.999;
  return {
    version: EXPLANATION_VERSION,
    agreement: { models, correlation, rows: 643 },
    blends:
      own.length > 1 ? [{ family: 'lrnn', trials: own.length, members, foldScores, cv, cvStd: own[0].cvStd ?? 0 }] : [],
  };
}

export function makeRowAnswer(view: StudyView): RowAnswer {
  const outputs = outputsOf(view);
  const prediction = Array.from({ length: outputs }, (_, o) =>
    outputs === 1 ? 12_345.6 : (o + 1) / ((outputs * (outputs + 1)) / 2),
  );
  return {
    prediction,
    threshold: null,
    costs: null,
    base: prediction.map((value) => 0.9 * value),
    end: prediction,
    startRows: 64,
    unit: 'prediction',
    method: 'sampled',
    models: 5,
    columns: features(view).map(({ name }, i) => ({
      column: name,
      values: prediction.map((value) => (i % 2 ? -0.02 : 0.04) * value),
    })),
    summary: {
      missingColumns: [],
      extraColumns: [],
      unseenCategories: {},
      unparsable: {},
      outOfRange: {},
      maybeRenamed: {},
    },
  };
}
