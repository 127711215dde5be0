/** @file How long is a training step (forward, MSE, backward, AdamW) of each network, on either build? */

import { parameterCount } from '../src/engine/index.js';
import { NETWORKS, perBuild, training } from './networks.js';
import type { Part } from './part.js';
import { table } from './table.js';
import { compare } from './timing.js';

export const steps: Part = {
  name: 'step',
  question: 'Milliseconds per training step (16 columns, one output, batch 256)',
  async run(print, effort) {
    const rows = [];
    for (const [name, spec] of NETWORKS) {
      const ms = await compare(
        perBuild((build) => training(spec, build).train),
        effort,
      );
      rows.push([name, parameterCount(spec), ms.simd, ms['relaxed-simd'], ms.simd / ms['relaxed-simd']]);
    }
    print(table(['network', 'parameters', 'simd', 'relaxed-simd', 'simd / relaxed'], rows));
  },
};
