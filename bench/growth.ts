/** @file How does the cost of a step grow with batch, rank, width, depth and hidden? Linearly: a slope of 1. */

import type { NetworkSpec } from '../src/engine/index.js';
import { wasmBuild } from '../src/engine/index.js';
import { BATCH, lrnn, training } from './networks.js';
import type { Part } from './part.js';
import { table } from './table.js';
import { compare, logLogSlope } from './timing.js';

interface Sweep {
  readonly sizes: readonly number[];
  readonly spec: (size: number) => NetworkSpec;
  readonly rows: (size: number) => number;
}

const deep = (size: number): NetworkSpec =>
  lrnn(Array.from({ length: size }, () => ({ rank: 16, width: 4, hidden: 8 })));
const fixed = (): number => BATCH;

/** One layer of 64 x width 4 x hidden 8, but for what grows; layers of rank 16 see 16 inputs, as the first one does. */
const SWEEPS: Readonly<Record<string, Sweep>> = {
  batch: { sizes: [64, 128, 256, 512, 1024, 2048], spec: () => lrnn([{}]), rows: (size) => size },
  rank: { sizes: [16, 32, 64, 128, 256, 512], spec: (rank) => lrnn([{ rank }]), rows: fixed },
  width: { sizes: [1, 2, 4, 8, 16, 32], spec: (width) => lrnn([{ width }]), rows: fixed },
  hidden: { sizes: [2, 4, 8, 16, 32, 64], spec: (hidden) => lrnn([{ hidden }]), rows: fixed },
  depth: { sizes: [1, 2, 4, 8, 16, 32], spec: deep, rows: fixed },
};

export const growth: Part = {
  name: 'growth',
  question: 'Milliseconds per training step against the size of one thing, and the slope of log time against log size',
  async run(print, effort) {
    for (const [quantity, { sizes, spec, rows }] of Object.entries(SWEEPS)) {
      const work = sizes.map((size) => [String(size), training(spec(size), wasmBuild(), rows(size)).train] as const);
      const ms = Object.values(await compare(Object.fromEntries(work), effort));
      const half = sizes.length / 2;
      print([
        ...table(
          [quantity, ...sizes.map(String)],
          [
            ['ms', ...ms],
            ['ms / size', ...ms.map((time, i) => time / sizes[i])],
          ],
        ),
        `slope ${logLogSlope(sizes, ms).toFixed(2)}, of the larger half ${logLogSlope(sizes.slice(half), ms.slice(half)).toFixed(2)}`,
        '',
      ]);
    }
  },
};
