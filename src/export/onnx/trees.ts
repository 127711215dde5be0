/**
 * @file Trees as one TreeEnsemble node: float32 thresholds as they are, missing values where each split sends them. The operator's
 * leaves say one number each: where they say one for every class, they say their place in a table, and the table is looked up.
 */

import { setMembers } from '../../trees/index.js';
import type { PlannedForm } from '../plan.js';
import type { Graph, TensorAttribute, Value } from './graph.js';

type Forest = Extract<PlannedForm, { kind: 'trees' }>;

/** In the operator's list of comparisons: what goes the true way is x < threshold, or a member of the node's set. */
const BRANCH_LT = 1;
const BRANCH_MEMBER = 6;
const SUM = 1;
const NO_TRANSFORM = 0;

/** Raw outputs, float [rows x outputs], before the target's scaling. */
export function treeOutputs(g: Graph, x: Value, forest: Forest): Value {
  return forest.vectors ? sumOfVectors(g, x, forest, forest.vectors) : sumOfTrees(g, x, forest);
}

/** Every tree has an output of its own, and says the place of its leaf. */
function sumOfVectors(g: Graph, x: Value, forest: Forest, vectors: Float32Array): Value {
  const { feature, left, value, roots, outputs, base } = forest;
  const places = value.map((split, node) => (feature[node] < 0 ? left[node] : split));
  const tree = { ...forest, value: places, outputs: roots.length - 1, base: 0, vectors: null };
  const leaves = g.node('Cast', [sumOfTrees(g, x, tree)], { to: 7 });
  const table = g.float(vectors, [vectors.length / outputs, outputs]);
  const sums = g.node('ReduceSum', [g.node('Gather', [table, leaves], { axis: 0 }), g.int64([1])], { keepdims: 0 });
  return g.node('Add', [sums, g.float([base])]);
}

function sumOfTrees(g: Graph, x: Value, forest: Forest): Value {
  const { feature, left, value, roots, outputs, base } = forest;
  const start = new Float32Array(outputs).fill(base);
  const kept: number[] = [];
  for (let t = 0; t + 1 < roots.length; t++) {
    // The operator has no tree that is a leaf: such a one is a constant.
    if (feature[roots[t]] < 0) start[t % outputs] += value[roots[t]];
    else kept.push(t);
  }
  const constant = g.float(start, [1, outputs]);
  if (kept.length === 0) {
    const rows = g.node('Shape', [x], { start: 0, end: 1 });
    return g.node('Expand', [constant, g.node('Concat', [rows, g.int64([outputs])], { axis: 0 })]);
  }
  const { nodes, leaves, rootsOfTrees } = numbered(forest, kept);
  const { seen, featureOf, modeOf, members } = withCategories(g, x, forest, nodes);
  const whole = (of: (node: number) => number) => Int32Array.from(nodes, of);
  const [places, isLeaf] = [leafOrNodePlaces(forest, nodes, leaves), (node: number) => Number(feature[node] < 0)];
  const sums = g.mlNode('TreeEnsemble', [seen], {
    n_targets: outputs,
    aggregate_function: SUM,
    post_transform: NO_TRANSFORM,
    tree_roots: rootsOfTrees,
    nodes_featureids: whole(featureOf),
    nodes_splits: { element: 'float', data: Float32Array.from(nodes, (node) => value[node]) },
    nodes_modes: { element: 'uint8', data: Uint8Array.from(whole(modeOf)) },
    nodes_missing_value_tracks_true: whole((node) => forest.defaultLeft[node]),
    nodes_truenodeids: whole((node) => places[left[node]]),
    nodes_trueleafs: whole((node) => isLeaf(left[node])),
    nodes_falsenodeids: whole((node) => places[left[node] + 1]),
    nodes_falseleafs: whole((node) => isLeaf(left[node] + 1)),
    leaf_targetids: Int32Array.from(leaves, ({ tree }) => tree % outputs),
    leaf_weights: { element: 'float', data: Float32Array.from(leaves, ({ node }) => value[node]) },
    ...members,
  });
  return g.node('Add', [sums, constant]);
}

/**
 * What splits by categories need: their columns once more behind the others, each category one higher, and the members of each set, which
 * NaN ends. Runtimes look a category up as a whole number, and on some machines that of NaN is 0: no category may be.
 */
function withCategories(g: Graph, x: Value, { feature, columns, set, sets }: Forest, nodes: readonly number[]) {
  const hasSet = (node: number) => set !== null && set[node] >= 0;
  const splits = nodes.filter(hasSet);
  const named = [...new Set(splits.map((node) => feature[node]))];
  const members = splits.flatMap((node) => [...setMembers(sets!, set![node]).map((category) => category + 1), NaN]);
  const higher = () => g.node('Add', [g.node('Gather', [x, g.int64(named)], { axis: 1 }), g.float([1])]);
  const data = { element: 'float', data: Float32Array.from(members) } as const;
  return {
    seen: named.length > 0 ? g.node('Concat', [x, higher()], { axis: 1 }) : x,
    featureOf: (node: number) => (hasSet(node) ? columns + named.indexOf(feature[node]) : feature[node]),
    modeOf: (node: number) => (hasSet(node) ? BRANCH_MEMBER : BRANCH_LT),
    members: named.length > 0 ? { membership_values: data } : ({} as Record<string, TensorAttribute>),
  };
}

interface Leaf {
  readonly node: number;
  readonly tree: number;
}

/** Splits and leaves of the kept trees, each with numbers of their own. */
function numbered({ feature, roots }: Forest, kept: readonly number[]) {
  const nodes: number[] = [];
  const leaves: Leaf[] = [];
  const rootsOfTrees: number[] = [];
  for (const tree of kept) {
    rootsOfTrees.push(nodes.length);
    for (let node = roots[tree]; node < roots[tree + 1]; node++) {
      if (feature[node] < 0) leaves.push({ node, tree });
      else nodes.push(node);
    }
  }
  return { nodes, leaves, rootsOfTrees };
}

/** For each node of the forest its number among the splits, or among the leaves. */
function leafOrNodePlaces({ feature }: Forest, nodes: readonly number[], leaves: readonly Leaf[]): Int32Array {
  const places = new Int32Array(feature.length);
  nodes.forEach((node, place) => (places[node] = place));
  leaves.forEach(({ node }, place) => (places[node] = place));
  return places;
}
