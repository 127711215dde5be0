/** @file A whole predictor as an ONNX file: from raw columns to the ensemble's prediction, with everything it says of itself. */

import { middleLevel } from '../../data/index.js';
import type { OutputScaling, Plan, PlannedForm } from '../plan.js';
import type { GraphPort, Value } from './graph.js';
import { Graph, IR_VERSION, OPSETS } from './graph.js';
import type { OnnxInput } from './inputs.js';
import { inputPort, onnxInputs, usedInputs } from './inputs.js';
import { neighbourOutputs } from './neighbours.js';
import { networkOutputs } from './network.js';
import { preparedMatrix, rowsOf } from './prepare.js';
import { Message } from './protobuf.js';
import { sourceMatrix } from './sources.js';
import { treeOutputs } from './trees.js';

export interface OnnxGraph {
  /** A GraphProto. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly OnnxInput[];
  readonly nodeCount: number;
}

/**
 * The graph of a plan: inputs as `inputs` says, outputs `value` float [rows], or `label` string [rows] and
 * `probabilities` float [rows x k].
 *
 * Throws   data: something in the plan that ONNX cannot say
 */
export function onnxGraph(plan: Plan): OnnxGraph {
  const inputs = onnxInputs(plan);
  const used = usedInputs(inputs);
  const g = new Graph(unusedPrefix(used));
  const matrix = sourceMatrix(g, plan, inputs);
  const prepared = plan.recipes.map((recipe) =>
    preparedMatrix({ g, plan, inputs: inputs.cells, rows: used[0].name, matrix }, recipe),
  );
  const parts = plan.models.map((model) => {
    const outcome = outcomeOf(
      g,
      plan,
      model,
      () => prepared[model.recipe],
      () => rowsOf(g, used[0].name, 'double'),
    );
    return g.node('Mul', [outcome, g.double([model.weight])]);
  });
  const blended = combined(g, plan, parts);
  const outputs = addOutputs(g, plan, inputs.exposure ? counted(g, blended, inputs.exposure.name) : blended);
  return { bytes: g.finish('lrnn-automl', used.map(inputPort), outputs), inputs: used, nodeCount: g.nodeCount };
}

/** The bytes of a ModelProto around a graph. */
export function onnxFile(graph: Uint8Array, writer: string, metadata: Readonly<Record<string, string>>): Uint8Array {
  const model = new Message().int(1, IR_VERSION).text(2, 'lrnn-automl').text(3, writer).bytes(7, graph);
  for (const [domain, version] of OPSETS) model.message(8, new Message().text(1, domain).int(2, version));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
  return model.finish();
}

/** No input's name begins with it. */
function unusedPrefix(inputs: readonly OnnxInput[]): string {
  let prefix = '_';
  while (inputs.some(({ name }) => name.startsWith(prefix))) prefix += '_';
  return prefix;
}

/**
 * What one model adds to the blend, double: the value [rows x 1], the second class's probability [rows x 1] of two, or all
 * probabilities [rows x k].
 */
function outcomeOf(g: Graph, plan: Plan, model: PlannedForm, x: () => Value, zeros: () => Value): Value {
  if (model.kind === 'transformed') return broughtBack(g, model, outcomeOf(g, plan, model.model, x, zeros));
  if (model.kind === 'quantiles') {
    const said = model.models.map((own) => outcomeOf(g, plan, own, x, zeros));
    return ascending(g, g.node('Concat', said, { axis: 1 }), said.length);
  }
  if (model.kind === 'constant') {
    const answer = plan.task === 'binary' ? model.answer.subarray(1) : model.answer;
    return g.node('Add', [zeros(), g.double(answer, [1, answer.length])]);
  }
  if (model.kind === 'neighbours') return neighbourOutputs(g, plan, model, x());
  const raw = rawOutputs(g, model, x());
  if (model.kind === 'trees' && model.isShare) return shares(g, plan, raw);
  if (plan.task === 'binary') return g.node('Sigmoid', [raw]);
  if (plan.task === 'multiclass') return g.node('Softmax', [raw], { axis: -1 });
  const { scaling } = model;
  if (scaling === null) return raw;
  const { low, high } = scaling;
  const value = unscaled(g, raw, scaling);
  const limit = (bound: number | null) => (bound === null ? '' : g.double([bound], []));
  return low === null && high === null ? value : g.node('Clip', [value, limit(low), limit(high)]);
}

/** From a changed target to its own units. */
function broughtBack(g: Graph, model: Extract<PlannedForm, { kind: 'transformed' }>, t: Value): Value {
  const { back, stretch, low, high } = model;
  const own =
    back.kind === 'line'
      ? onLine(g, t, back)
      : g.node('Mul', [g.node('Sub', [g.node('Exp', [t]), g.double([1])]), g.double([back.unit])]);
  return g.node('Clip', [g.node('Mul', [own, g.double([stretch])]), g.double([low], []), g.double([high], [])]);
}

/** Each row sorted. */
function ascending(g: Graph, x: Value, width: number): Value {
  return g.firstOfTwo('TopK', [x, g.int64([width])], { axis: 1, largest: 0, sorted: 1 });
}

/** Numbers in the target's units. */
function unscaled(g: Graph, raw: Value, { mean, scale, link }: OutputScaling): Value {
  if (link === 'log') return g.node('Mul', [g.node('Exp', [raw]), g.double([scale])]);
  return g.node('Add', [g.node('Mul', [raw, g.double([scale])]), g.double([mean])]);
}

/** Sums of shares as probabilities: none below 0, all of a row 1 together. */
function shares(g: Graph, { task }: Plan, raw: Value): Value {
  if (task === 'binary') return g.node('Clip', [raw, g.double([0], []), g.double([1], [])]);
  const parts = g.node('Max', [raw, g.double([0])]);
  return g.node('Div', [parts, g.node('ReduceSum', [parts, g.int64([1])], { keepdims: 1 })]);
}

/** Logits, shares or the standardised target, in double [rows x outputs]. */
function rawOutputs(
  g: Graph,
  model: Exclude<PlannedForm, { kind: 'constant' | 'neighbours' | 'quantiles' | 'transformed' }>,
  x: Value,
): Value {
  const double = (value: Value) => g.node('Cast', [value], { to: 11 });
  switch (model.kind) {
    case 'linear': {
      const W = g.double(model.W, [model.inputs, model.b.length]);
      return g.node('Add', [g.node('MatMul', [double(x), W]), g.double(model.b)]);
    }
    case 'network':
      return double(networkOutputs(g, x, model.spec, model.tensors));
    case 'trees':
      return double(treeOutputs(g, x, model));
  }
}

/** The weighted outcomes of the models as one: the value, the second class's probability of two, or all of them. */
function combined(g: Graph, { task, combine }: Plan, parts: readonly Value[]): Value {
  const total = (values: readonly Value[]) => values.reduce((sum, value) => g.node('Add', [sum, value]));
  if (combine === null) return total(parts);
  if (combine.method === 'sum') return g.node('Add', [total(parts), g.double([combine.offset])]);
  const log = (p: Value) => g.node('Log', [g.node('Max', [p, g.double([combine.floor])])]);
  let next = 0;
  const logits = combine.members.map(({ weight, models }) => {
    const p = total(parts.slice(next, (next += models)));
    // Of two classes, how much more probable the second is.
    const logit = task === 'binary' ? g.node('Sub', [log(p), log(g.node('Sub', [g.double([1]), p]))]) : log(p);
    return g.node('Mul', [logit, g.double([weight])]);
  });
  return task === 'binary' ? g.node('Sigmoid', [total(logits)]) : g.node('Softmax', [total(logits)], { axis: -1 });
}

/** Of so many units, where that is above 0. */
function counted(g: Graph, rate: Value, units: Value): Value {
  const isUnits = g.node('Greater', [units, g.double([0])]);
  return g.node('Where', [isUnits, g.node('Mul', [rate, units]), g.double([NaN])]);
}

function addOutputs(g: Graph, plan: Plan, blended: Value): GraphPort[] {
  const { task, k, schema } = plan;
  const { quantiles } = schema.target;
  if (quantiles) {
    g.node('Cast', [blended], { to: 1 }, 'quantiles');
    g.node('Gather', ['quantiles', g.int64([middleLevel(quantiles)], [])], { axis: 1 }, 'value');
    return [
      { name: 'value', element: 'float', shape: ['rows'] },
      { name: 'quantiles', element: 'float', shape: ['rows', quantiles.length] },
    ];
  }
  if (task === 'regression') {
    g.node('Squeeze', [g.node('Cast', [blended], { to: 1 }), g.int64([1])], {}, 'value');
    return [{ name: 'value', element: 'float', shape: ['rows'] }];
  }
  g.node('Cast', [calibrated(g, plan, blended)], { to: 1 }, 'probabilities');
  g.node('Gather', [g.strings(schema.target.classes), decided(g, plan)], { axis: 0 }, 'label');
  return [
    { name: 'label', element: 'string', shape: ['rows'] },
    { name: 'probabilities', element: 'float', shape: ['rows', k] },
  ];
}

/** All probabilities, double [rows x k], of the blend; of two classes it holds the second's only. */
function calibrated(g: Graph, { task, calibration }: Plan, blended: Value): Value {
  const both = (second: Value) => g.node('Concat', [g.node('Sub', [g.double([1]), second]), second], { axis: 1 });
  if (calibration?.method === 'line') return both(onLine(g, blended, calibration));
  const all = task === 'binary' ? both(blended) : blended;
  if (!calibration) return all;
  const raised = g.node('Pow', [g.node('Max', [all, g.double([calibration.floor])]), g.double([calibration.power])]);
  return g.node('Div', [raised, g.node('ReduceSum', [raised, g.int64([1])], { keepdims: 1 })]);
}

/** y[0] + the part of each stretch that lies below p, times its slope: [rows x 1]. */
function onLine(g: Graph, p: Value, { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] }): Value {
  const stretches = x
    .slice(1)
    .map((end, i) => ({ start: x[i], length: end - x[i], slope: (y[i + 1] - y[i]) / (end - x[i]) }));
  const row = (numbers: readonly number[]) => g.double(numbers, [1, numbers.length]);
  // A line of one point is flat.
  if (stretches.length === 0) return g.node('Add', [g.node('Mul', [p, g.double([0])]), g.double([y[0]])]);
  const beyond = g.node('Sub', [p, row(stretches.map(({ start }) => start))]);
  const within = g.node('Min', [g.node('Max', [beyond, g.double([0])]), row(stretches.map(({ length }) => length))]);
  const slopes = g.double(
    stretches.map(({ slope }) => slope),
    [stretches.length, 1],
  );
  return g.node('Add', [g.node('MatMul', [within, slopes]), g.double([y[0]])]);
}

/** The index of the answer, int64 [rows]. */
function decided(g: Graph, { k, threshold, costs }: Plan): Value {
  if (costs !== null) {
    const expected = g.node('MatMul', [g.node('Cast', ['probabilities'], { to: 11 }), g.double(costs.flat(), [k, k])]);
    return g.node('ArgMin', [expected], { axis: 1, keepdims: 0 });
  }
  if (threshold === null) return g.node('ArgMax', ['probabilities'], { axis: 1, keepdims: 0 });
  const second = g.node('Cast', [g.node('Gather', ['probabilities', g.int64([1], [])], { axis: 1 })], { to: 11 });
  return g.node('Cast', [g.node('Greater', [second, g.double([threshold], [])])], { to: 7 });
}
