/** @file The process that opens a GPU to see whether it can, tells its parent, and ends. */

import { ToolkitError } from '../../core/index.js';
import type { GpuName } from '../../engine/index.js';
import { tryGpu } from '../../engine/index.js';
import type { Answer } from './gpu-child.js';

const answer: Answer = await tryGpu(process.argv[2] as GpuName).then(
  (found) => ({ found }),
  (error: unknown) => {
    if (!(error instanceof ToolkitError)) throw error;
    return { refused: error.parts };
  },
);
// Some drivers keep threads that would hold the process.
process.send!(answer, () => process.exit(0));
