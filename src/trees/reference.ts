/** @file How a tree is grown, slowly and plainly: the oracle that the kernels are held against, to the bit. */

import type { BinnedTable } from './bins.js';
import { binOf } from './bins.js';
import type { GrownTree, GrowthParams, Quantised, Split } from './tree.js';
import { addNode, emptyTree, leafValue, splitNode } from './tree.js';

/** Whole numbers by row. */
export interface WholeGradients extends Quantised {
  readonly gradient: Int32Array;
  readonly hessian: Int32Array;
}

interface Leaf {
  readonly node: number;
  readonly rows: number[];
  readonly depth: number;
  readonly split: Split | null;
}

/**
 * The tree of some rows: best leaf first, ties to the leaf that was made first.
 *
 * Shapes  gradients by row of the table; rows: those to grow on; columns: those that may be split, ascending
 */
export function growReference(
  table: BinnedTable,
  gradients: WholeGradients,
  rows: Uint32Array,
  columns: readonly number[],
  params: GrowthParams,
): GrownTree {
  const tree = emptyTree();
  const make = (members: number[], depth: number): Leaf => {
    const { g, h } = sums(gradients, members);
    const value = leafValue(gradients.gradientUnit * g, gradients.hessianUnit * h, params.lambda);
    const node = addNode(tree, value, members.length);
    const split = depth < params.maxDepth ? bestSplit(table, gradients, members, columns, params) : null;
    return { node, rows: members, depth, split };
  };
  const leaves = [make([...rows], 0)];
  while (leaves.length < params.leaves) {
    let best = -1;
    leaves.forEach(({ split }, i) => {
      if (split && (best < 0 || split.gain > leaves[best].split!.gain)) best = i;
    });
    if (best < 0) break;
    const { node, rows: members, depth, split } = leaves[best];
    const goesLeft = (row: number) => {
      const bin = binOf(table, row, split!.column);
      return bin === 0 ? split!.missingLeft : bin <= split!.bin;
    };
    const left = make(members.filter(goesLeft), depth + 1);
    const right = make(
      members.filter((row) => !goesLeft(row)),
      depth + 1,
    );
    splitNode(tree, node, split!, left.node);
    leaves.splice(best, 1);
    leaves.push(left, right);
  }
  return tree;
}

function sums({ gradient, hessian }: WholeGradients, rows: readonly number[]): { g: number; h: number } {
  let [g, h] = [0, 0];
  for (const row of rows) {
    g += gradient[row];
    h += hessian[row];
  }
  return { g, h };
}

/** Every column, every bin, missing cells right and then left; the first of equal gains. */
function bestSplit(
  table: BinnedTable,
  gradients: WholeGradients,
  rows: readonly number[],
  columns: readonly number[],
  params: GrowthParams,
): Split | null {
  const { gradientUnit, hessianUnit } = gradients;
  const { minRows, minHessian, lambda, minGain } = params;
  const whole = sums(gradients, rows);
  const score = (g: number, h: number) => (g * g) / (h + lambda);
  const base = score(gradientUnit * whole.g, hessianUnit * whole.h);
  let best: Split | null = null;
  let bestScore = base + minGain;
  for (const column of columns) {
    const bins = table.cuts[column].length + 1;
    const slots = Array.from({ length: bins + 1 }, () => ({ g: 0, h: 0, rows: 0 }));
    for (const row of rows) {
      const slot = slots[binOf(table, row, column)];
      slot.g += gradients.gradient[row];
      slot.h += gradients.hessian[row];
      slot.rows++;
    }
    const hasMissing = slots[0].g !== 0 || slots[0].h !== 0;
    for (const missingLeft of hasMissing ? [false, true] : [false]) {
      const left = missingLeft ? { ...slots[0] } : { g: 0, h: 0, rows: 0 };
      for (let bin = 1; bin <= bins; bin++) {
        left.g += slots[bin].g;
        left.h += slots[bin].h;
        left.rows += slots[bin].rows;
        const [hl, hr] = [hessianUnit * left.h, hessianUnit * (whole.h - left.h)];
        if (left.rows < minRows || rows.length - left.rows < minRows || hl < minHessian || hr < minHessian) continue;
        if (slots[bin].g === 0 && slots[bin].h === 0) continue;
        const [gl, gr] = [gradientUnit * left.g, gradientUnit * (whole.g - left.g)];
        const [a, b] = [hl + lambda, hr + lambda];
        const found = (gl * gl * b + gr * gr * a) / (a * b);
        if (!(found > bestScore)) continue;
        bestScore = found;
        const side = hasMissing ? missingLeft : left.h * 2 > whole.h;
        best = { column, bin, missingLeft: side, gain: found - base };
      }
    }
  }
  return best;
}
