/**
 * @file Products of matrices, one per lane, each number of which depends on its own row and column alone.
 *
 * TensorFlow.js has four kernels and takes one by the number of lanes, so that a lane's last bits depend on how many others
 * there are; one of them adds atomically; and all read past the last row of a factor, which is the next lane's first, and
 * trust that 0 times it is 0: a lane whose numbers overflow turns the lane before it into NaN.
 */

import type { TensorInfo } from '../vendor.js';
import type { KernelDefinition, Launch } from './run.js';
import { sizeOf } from './run.js';
import { THREADS } from './wgsl.js';

/** Rows and columns that a workgroup makes, and terms of their sums that it holds at a time. */
const TILE = 32;
const DEPTH = 16;
/** A thread makes 4 x 4 numbers, STEP rows and columns apart. */
const STEP = TILE / 4;

/**
 * Shapes  a [lanes x M x K] and b [lanes x K x N], wherever their strides say; result [lanes x M x N]
 * Order   one fused multiply-add for each k from 0 to K - 1 (then zeros to fill up DEPTH), whatever the sizes
 */
export const MATMUL: KernelDefinition = {
  name: 'LrnnMatMul',
  inputs: ['a', 'b'],
  integers: ['tiles', 'M', 'N', 'K', 'aLane', 'aRow', 'aTerm', 'bLane', 'bTerm', 'bColumn'],
  code: `
    var<workgroup> left: array<f32, ${TILE * DEPTH}>;
    var<workgroup> right: array<f32, ${TILE * DEPTH}>;
    fn main(index: i32) {
      let tile = min(index / ${THREADS}, uniforms.tiles - 1);
      let across = (uniforms.N + ${TILE - 1}) / ${TILE};
      let down = (uniforms.M + ${TILE - 1}) / ${TILE};
      let column0 = (tile % across) * ${TILE};
      let row0 = ((tile / across) % down) * ${TILE};
      let lane = tile / (across * down);
      let thread = i32(localIndex);
      let x = thread % ${STEP};
      let y = thread / ${STEP};
      var sums: array<vec4<f32>, 4>;
      for (var k0 = 0; k0 < uniforms.K; k0 += ${DEPTH}) {
        for (var i = thread; i < ${TILE * DEPTH}; i += ${THREADS}) {
          let row = row0 + i / ${DEPTH};
          let k = k0 + i % ${DEPTH};
          var value = 0.0;
          if (row < uniforms.M && k < uniforms.K) {
            value = a[lane * uniforms.aLane + row * uniforms.aRow + k * uniforms.aTerm];
          }
          left[i] = value;
        }
        for (var i = thread; i < ${TILE * DEPTH}; i += ${THREADS}) {
          let k = k0 + i / ${TILE};
          let column = column0 + i % ${TILE};
          var value = 0.0;
          if (k < uniforms.K && column < uniforms.N) {
            value = b[lane * uniforms.bLane + k * uniforms.bTerm + column * uniforms.bColumn];
          }
          right[i] = value;
        }
        workgroupBarrier();
        for (var k = 0; k < ${DEPTH}; k++) {
          let at = k * ${TILE} + x;
          let four = vec4<f32>(right[at], right[at + ${STEP}], right[at + ${2 * STEP}], right[at + ${3 * STEP}]);
          for (var s = 0; s < 4; s++) {
            sums[s] = fma(vec4<f32>(left[(y + s * ${STEP}) * ${DEPTH} + k]), four, sums[s]);
          }
        }
        workgroupBarrier();
      }
      for (var s = 0; s < 4; s++) {
        let row = row0 + y + s * ${STEP};
        for (var t = 0; t < 4; t++) {
          let column = column0 + x + t * ${STEP};
          if (row < uniforms.M && column < uniforms.N) {
            result[(lane * uniforms.M + row) * uniforms.N + column] = sums[s][t];
          }
        }
      }
    }`,
};

/** The launch of TensorFlow.js's BatchMatMul; a factor of one lane serves all lanes of the other. */
export function matMulLaunch(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): Launch {
  const [aHigh, aWide] = a.shape.slice(-2);
  const [bHigh, bWide] = b.shape.slice(-2);
  const [M, K, N] = [transposeA ? aWide : aHigh, transposeA ? aHigh : aWide, transposeB ? bHigh : bWide];
  const [aLanes, bLanes] = [a, b].map(({ shape }) => sizeOf(shape.slice(0, -2)));
  const outer = (aLanes >= bLanes ? a : b).shape.slice(0, -2);
  const tiles = Math.max(aLanes, bLanes) * Math.ceil(M / TILE) * Math.ceil(N / TILE);
  const [aRow, aTerm] = transposeA ? [1, aWide] : [aWide, 1];
  const [bTerm, bColumn] = transposeB ? [1, bWide] : [bWide, 1];
  const [aLane, bLane] = [aLanes === 1 ? 0 : M * K, bLanes === 1 ? 0 : K * N];
  return {
    inputs: [a, b],
    integers: [tiles, M, N, K, aLane, aRow, aTerm, bLane, bTerm, bColumn],
    shape: [...outer, M, N],
    invocations: tiles * THREADS,
  };
}
