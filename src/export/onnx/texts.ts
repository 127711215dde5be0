/** @file Terms of texts to scores: TF-IDF by the vocabulary of a preparation, in float64. */

import type { PlannedText } from '../plan.js';
import type { Graph, Value } from './graph.js';

/** Counts above say no more: see src/data/documents.ts. */
const MOST_COUNTED = 255;

/** Scores of the texts, double [rows x (shifts + topics)], from pairs of terms and counts; 0 for missing texts. */
export function textScores(g: Graph, text: PlannedText, input: string): Value {
  const { terms, idf, linear, shifts, directions, topics } = text;
  const pair = (place: number) =>
    g.node('Cast', [g.node('Gather', [input, g.int64([place], [])], { axis: 2 })], { to: 7 });
  const [term, count] = [pair(0), pair(1)];
  const slot = g.mlNode('LabelEncoder', [term], {
    keys_int64s: Array.from(terms, (own) => own >>> 0),
    values_int64s: Array.from(terms.keys()),
    default_int64: terms.length,
  });
  const weight = g.node('Gather', [g.double([...idf, 0]), slot], { axis: 0 });
  const counted = g.node('Clip', [count, g.int64([0], []), g.int64([MOST_COUNTED], [])]);
  const factor = g.node('Gather', [g.double(FACTORS), counted], { axis: 0 });
  const value = g.node('Mul', [factor, weight]);
  const squares = g.node('ReduceSum', [g.node('Mul', [value, value]), g.int64([1])], { keepdims: 1 });
  const length = g.node('Sqrt', [squares]);
  const isNothing = g.node('Equal', [length, g.double([0])]);
  const x = g.node('Div', [value, g.node('Where', [isNothing, g.double([1]), length])]);
  const row = g.node('Unsqueeze', [x, g.int64([1])]);
  const sums = (table: Float32Array, width: number, at: Value): Value => {
    const rows = g.node('Cast', [g.node('Gather', [withNothing(g, table, width), at], { axis: 0 })], { to: 11 });
    return g.node('Squeeze', [g.node('MatMul', [row, rows]), g.int64([1])]);
  };
  const said = g.node('Sub', [sums(linear, shifts.length, slot), g.double(shifts, [1, shifts.length])]);
  const known = topics === 0 ? 0 : directions.length / topics;
  const first = g.node('Min', [slot, g.int64([known])]);
  const all = topics === 0 ? said : g.node('Concat', [said, sums(directions, topics, first)], { axis: 1 });
  const isMissing = g.node('Less', [g.node('Gather', [count, g.int64([0])], { axis: 1 }), g.int64([0])]);
  return g.node('Where', [isMissing, g.double([0]), all]);
}

/** What a term counts that is there so often. */
const FACTORS = Float64Array.from({ length: MOST_COUNTED + 1 }, (_, count) => (count === 0 ? 0 : 1 + Math.log(count)));

/** The rows of a table, and one of zeros behind them. */
function withNothing(g: Graph, table: Float32Array, width: number): Value {
  const longer = new Float32Array(table.length + width);
  longer.set(table);
  return g.float(longer, [longer.length / width, width]);
}
