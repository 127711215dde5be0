/** @file How fast are the matrix products, packing included: h W + b, the gradient of h, the gradient of W? */

import { Rng } from '../src/core/index.js';
import { Arena, blockCount } from '../src/engine/wasm/arena.js';
import type { WasmBuild } from '../src/engine/wasm/build.js';
import { instantiate } from '../src/engine/wasm/build.js';
import { packedBytes, packedRowBytes } from '../src/engine/wasm/layers.js';
import { BATCH, perBuild } from './networks.js';
import type { Part } from './part.js';
import type { Cell } from './table.js';
import { table } from './table.js';
import type { Work } from './timing.js';
import { compare } from './timing.js';

/** [inputs, outputs] of affine layers in the networks measured here. */
const SIZES = [
  [16, 128],
  [32, 128],
  [64, 256],
  [128, 128],
  [256, 256],
  [128, 1024],
] as const;
const PRODUCTS = ['h W + b', 'dh = dz W^T', 'dW = h^T dz'] as const;
type Product = (typeof PRODUCTS)[number];

export const matrix: Part = {
  name: 'matrix',
  question: `GFLOP/s of the matrix products [${BATCH} x K] [K x N], with packing`,
  async run(print, effort) {
    const rows: Cell[][] = [];
    for (const [K, N] of SIZES) {
      const products = perBuild((build) => affineProducts(build, K, N));
      for (const product of PRODUCTS) {
        const ms = await compare(
          perBuild((build) => products[build][product]),
          effort,
        );
        const rate = (build: WasmBuild): number => (2 * K * N * BATCH) / ms[build] / 1e6;
        const [slow, fast] = [rate('simd'), rate('relaxed-simd')];
        rows.push([`${K} x ${N}  ${product}`, slow, fast, fast / slow]);
      }
    }
    print(table(['K x N', 'simd', 'relaxed-simd', 'relaxed / simd'], rows));
  },
};

/** The three products of one affine layer, on memory of their own, as the layers of a program call them. */
function affineProducts(build: WasmBuild, K: number, N: number): Record<Product, Work> {
  const arena = new Arena();
  const blocks = blockCount(BATCH);
  const rowBytes = 4 * N;
  const [W, b, dW] = [arena.allocate(K * rowBytes), arena.allocate(rowBytes), arena.allocate(K * rowBytes)];
  const [h, z] = [arena.activations(blocks, K), arena.activations(blocks, N)];
  const packed = arena.allocate(Math.max(packedBytes(K, N), packedBytes(N, K), packedRowBytes(N, blocks)));
  const memory = arena.createMemory();
  const kernels = instantiate(build, memory);
  const rng = new Rng(1);
  const floats = new Float32Array(memory.buffer);
  // The first page holds the kernels' constants.
  for (let i = W / 4; i < arena.bytes / 4; i++) floats[i] = rng.normal();
  return {
    'h W + b': repeated(() => {
      kernels.packPanels(W, rowBytes, 4, K, N, b, 4, 1, 0, packed);
      kernels.affineForward(h.at, h.stride, K, packed, z.at, z.stride, N, blocks);
    }),
    'dh = dz W^T': repeated(() => {
      kernels.packPanels(W, 4, rowBytes, N, K, 0, 0, 1, 0, packed);
      kernels.affineForward(z.at, z.stride, N, packed, h.at, h.stride, K, blocks);
    }),
    'dW = h^T dz': repeated(() => {
      kernels.affineWeights(h.at, h.stride, K, z.at, z.stride, N, dW, rowBytes, blocks, packed);
    }),
  };
}

function repeated(once: () => void): Work {
  return (calls) => {
    for (let call = 0; call < calls; call++) once();
  };
}
