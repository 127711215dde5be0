/** @file Isotonic regression: the growing line that fits outcomes of 0 and 1 best. */

import type { Line } from '../evaluate/index.js';
import { ascendingOrder } from '../evaluate/index.js';

interface Block {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

/**
 * The line through the centres of the pooled blocks: both coordinates grow strictly, so that no two scores become equal and the
 * ranking stays. It runs on to x = 0 and x = 1, and never touches 0 and 1: a share of 0 or 1 is taken as half a row.
 *
 * Shapes   scores in [0, 1] and hits in {0, 1}: [n], n >= 1; weights [n]
 * Source   pool adjacent violators (Ayer et al. 1955), centred (Oron & Flournoy 2017)
 */
export function fitIsotonic(scores: Float32Array, hits: Float64Array, weights?: Float64Array): Line {
  const floor = 0.5 / (scores.length + 1);
  const blocks = poolBlocks(scores, hits, weights);
  const centre = blocks.map(({ x, y }) => ({ x, y: Math.min(Math.max(y, floor), 1 - floor) }));
  const points = centre.filter(({ x, y }, i) => i === 0 || (x > centre[i - 1].x && y > centre[i - 1].y));
  if (points[0].x > 0) points.unshift({ x: 0, y: floor / 2 });
  if (points[points.length - 1].x < 1) points.push({ x: 1, y: 1 - floor / 2 });
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => y) };
}

/** Blocks in the order of their scores, with growing means of hits. */
function poolBlocks(scores: Float32Array, hits: Float64Array, weights?: Float64Array): Block[] {
  const blocks: Block[] = [];
  const order = ascendingOrder(scores);
  for (let start = 0; start < order.length;) {
    let next: Block = { x: scores[order[start]], y: 0, weight: 0 };
    const score = next.x;
    // Equal scores are one block from the beginning.
    for (; start < order.length && scores[order[start]] === score; start++) {
      const i = order[start];
      const weight = weights ? weights[i] : 1;
      if (weight > 0) next = merged(next, { x: score, y: hits[i], weight });
    }
    if (next.weight === 0) continue;
    while (blocks.length > 0 && blocks[blocks.length - 1].y >= next.y) next = merged(blocks.pop()!, next);
    blocks.push(next);
  }
  return blocks.length > 0 ? blocks : [{ x: 0.5, y: 0.5, weight: 0 }];
}

function merged(a: Block, b: Block): Block {
  const weight = a.weight + b.weight;
  const share = b.weight / weight;
  return { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y), weight };
}
