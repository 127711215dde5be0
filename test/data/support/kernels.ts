/** @file Kernels of plain rows, one for each shape of rows: a test that tries many small files would make one for each. */

import { PlainKernel } from '../../../src/data/csv-kernel.js';
import type { PlainShape } from '../../../src/data/csv-plain.js';

const made = new Map<string, PlainKernel>();

export function kernelFor({ delimiter, backslash, comment, width }: PlainShape): PlainKernel {
  const key = JSON.stringify([delimiter, backslash, comment, width]);
  const kernel = made.get(key) ?? new PlainKernel({ delimiter, backslash, comment, width });
  made.set(key, kernel);
  return kernel;
}
