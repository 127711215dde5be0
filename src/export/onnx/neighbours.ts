/** @file Nearest neighbours in ONNX: all distances by one product of matrices, in double, and the nearest rows by a limit, not by order. */

import { NEARNESS, TIE, TIE_SHARE } from '../../models/index.js';
import type { Plan, PlannedForm } from '../plan.js';
import type { Graph, Value } from './graph.js';

type Neighbours = Extract<PlannedForm, { kind: 'neighbours' }>;

/** What the model says, double: the value [rows x 1], of two classes the second's probability [rows x 1], or all [rows x k]. */
export function neighbourOutputs(g: Graph, { task, k }: Plan, model: Neighbours, x: Value): Value {
  const { y, neighbours, prior } = model;
  const n = y.length;
  const squared = squaredDistances(g, model, x);
  const least = g.int64([Math.min(neighbours, n)]);
  const nearest = g.firstOfTwo('TopK', [squared, least], { axis: 1, largest: 0, sorted: 1 });
  const last = g.node('ReduceMax', [nearest, g.int64([1])], { keepdims: 1 });
  const limit = g.node('Add', [g.node('Mul', [last, g.double([1 + TIE_SHARE])]), g.double([TIE])]);
  const nearness = g.node('Pow', [g.node('Add', [squared, g.double([NEARNESS])]), g.double([-model.power / 2])]);
  const weight = model.weights ? g.node('Mul', [nearness, asRow(g, model.weights)]) : nearness;
  const asked = g.node('Where', [g.node('LessOrEqual', [squared, limit]), weight, g.double([0])]);
  const total = g.node('ReduceSum', [asked, g.int64([1])], { keepdims: 1 });
  const voices = prior ? k : 1;
  const said = new Float32Array(n * voices);
  for (let row = 0; row < n; row++) said[row * voices + (prior ? y[row] : 0)] = prior ? 1 : y[row];
  const mean = g.node('Div', [g.node('MatMul', [asked, inDouble(g, g.float(said, [n, voices]))]), total]);
  if (!prior) return mean;
  const own = g.node('Mul', [mean, g.double([neighbours / (neighbours + 1)])]);
  const shares = prior.map((share) => share / (neighbours + 1));
  const all = g.node('Add', [own, g.double(shares, [1, k])]);
  return task === 'binary' ? g.node('Gather', [all, g.int64([1])], { axis: 1 }) : all;
}

/** |a|^2 + |b|^2 - 2 a b for each pair of rows: [rows x n]. */
function squaredDistances(g: Graph, { X, y, columns }: Neighbours, x: Value): Value {
  const a = inDouble(g, x);
  const b = inDouble(g, g.float(X, [y.length, columns]));
  const lengths = (rows: Value) => g.node('ReduceSumSquare', [rows, g.int64([1])], { keepdims: 1 });
  const product = g.node('MatMul', [a, g.node('Transpose', [b], { perm: [1, 0] })]);
  const sum = g.node('Add', [lengths(a), g.node('Transpose', [lengths(b)], { perm: [1, 0] })]);
  return g.node('Max', [g.node('Sub', [sum, g.node('Mul', [product, g.double([2])])]), g.double([0])]);
}

function inDouble(g: Graph, value: Value): Value {
  return g.node('Cast', [value], { to: 11 });
}

function asRow(g: Graph, numbers: Float32Array): Value {
  return g.double(numbers, [1, numbers.length]);
}
