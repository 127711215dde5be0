/**
 * @file The product layer as six kernels: two forward, four backward, for all lanes at once.
 *
 * Forward   factors [lanes x n x r x D] = 1 + gamma g(z), then their products and LayerNorm.
 * Backward  through LayerNorm to dphi; by prefix and suffix products, never by division, to dg; from dg to dz (or dh)
 *           and to every parameter of the layer but W. All parameters lie in `q`, in the layout's order.
 */

import type { ProductLayerSpec } from '../../spec.js';
import { factorCount } from '../../spec.js';
import type { LayerTensors } from '../layers.js';
import type { Tensor, Tf } from '../vendor.js';
import type { KernelDefinition, KernelRunner } from './run.js';
import { activationCode, THREADS, TOTAL } from './wgsl.js';

const INTEGERS = [
  'count', // invocations that have something to do
  'n',
  'r',
  'D',
  'H',
  'zRow', // numbers of z in a row
  'zNeuron', // from one neuron's z to the next one's: D, or 0 where all see the same columns
  'basisNeuron', // likewise of omega and beta
  'mixNeuron', // likewise of a and c
  'Q', // parameters of a lane in q
  'C', // those that all neurons share: a run from oOmega on
  'oOmega',
  'oBeta',
  'oA',
  'oC',
  'oScale',
  'oShift',
] as const;
const FLOATS = ['gamma'];

/** z of row, neuron l and factor j; u of its unit m. `row` counts the rows of all lanes. */
const ACCESS = `
  fn zAt(row: i32, l: i32, j: i32, q0: i32) -> f32 {
    let at = row * uniforms.zRow + l * uniforms.zNeuron + j;
    if (uniforms.oOmega == 0) { return z[at]; }
    return z[at] + q[q0 + l * uniforms.D + j];
  }
  fn basisAt(l: i32, j: i32, q0: i32) -> i32 { return q0 + (l * uniforms.basisNeuron + j) * uniforms.H; }
  fn mixAt(l: i32, j: i32) -> i32 { return l * uniforms.mixNeuron + j; }`;

function kernels(
  activation: ProductLayerSpec['activation'],
): Record<'factors' | 'inputs' | 'parameters', KernelDefinition> {
  const shared = { variant: activation, integers: INTEGERS, floats: FLOATS };
  const functions = activationCode(activation);
  return {
    factors: {
      ...shared,
      name: 'LrnnFactors',
      inputs: ['z', 'q'],
      code: `${functions}${ACCESS}
        fn main(index: i32) {
          if (index >= uniforms.count) { return; }
          let j = index % uniforms.D;
          let l = (index / uniforms.D) % uniforms.r;
          let row = index / (uniforms.D * uniforms.r);
          let q0 = (row / uniforms.n) * uniforms.Q;
          let zz = zAt(row, l, j, q0);
          let basis = basisAt(l, j, q0);
          let mix = mixAt(l, j);
          var g = q[q0 + uniforms.oC + mix];
          for (var m = 0; m < uniforms.H; m++) {
            let u = q[basis + uniforms.oOmega + m] * zz + q[basis + uniforms.oBeta + m];
            g += q[q0 + uniforms.oA + mix * uniforms.H + m] * act(u);
          }
          result[index] = 1.0 + uniforms.gamma * g;
        }`,
    },
    inputs: {
      ...shared,
      name: 'LrnnInputGradient',
      inputs: ['z', 'q', 'dg'],
      // Columns that all neurons see collect the gradients of all of them.
      code: `${functions}${ACCESS}
        fn main(index: i32) {
          if (index >= uniforms.count) { return; }
          let row = index / uniforms.zRow;
          let within = index % uniforms.zRow;
          let j = within % uniforms.D;
          let first = within / uniforms.D;
          let last = select(first, uniforms.r - 1, uniforms.zNeuron == 0);
          let q0 = (row / uniforms.n) * uniforms.Q;
          var sum = 0.0;
          for (var l = first; l <= last; l++) {
            let zz = zAt(row, l, j, q0);
            let basis = basisAt(l, j, q0);
            let a0 = q0 + uniforms.oA + mixAt(l, j) * uniforms.H;
            var dz = 0.0;
            for (var m = 0; m < uniforms.H; m++) {
              let omega = q[basis + uniforms.oOmega + m];
              dz += q[a0 + m] * omega * slope(omega * zz + q[basis + uniforms.oBeta + m]);
            }
            sum += dz * dg[(row * uniforms.r + l) * uniforms.D + j];
          }
          result[index] = sum;
        }`,
    },
    parameters: {
      ...shared,
      name: 'LrnnParameterGradient',
      inputs: ['z', 'q', 'dg', 'dz', 'dy', 'back'],
      code: `${functions}${ACCESS}${TOTAL}${PARAMETERS}`,
    },
  };
}

/**
 * Parameters of single neurons: one thread each, the sum over the rows of its lane. Those that all neurons share lie side by
 * side; they have as many terms as there are rows and neurons, and get a workgroup each.
 */
const PARAMETERS = `
  fn term(e: i32, row: i32, l: i32, q0: i32) -> f32 {
    if (e >= uniforms.oScale) {
      let at = row * uniforms.r + (e - uniforms.oScale) % uniforms.r;
      if (e >= uniforms.oShift) { return dy[at]; }
      return dy[at] * back[at * 2 + 1];
    }
    if (e < uniforms.oOmega) { return dz[row * uniforms.zRow + e]; }
    if (e >= uniforms.oC) {
      let mix = e - uniforms.oC;
      return dg[(row * uniforms.r + l) * uniforms.D + mix % uniforms.D];
    }
    let unit = select(select(e - uniforms.oOmega, e - uniforms.oBeta, e >= uniforms.oBeta), e - uniforms.oA, e >= uniforms.oA);
    let m = unit % uniforms.H;
    let j = (unit / uniforms.H) % uniforms.D;
    let zz = zAt(row, l, j, q0);
    let basis = basisAt(l, j, q0) + m;
    let u = q[basis + uniforms.oOmega] * zz + q[basis + uniforms.oBeta];
    let slopeOfG = dg[(row * uniforms.r + l) * uniforms.D + j];
    if (e >= uniforms.oA) { return slopeOfG * act(u); }
    let du = slopeOfG * q[q0 + uniforms.oA + mixAt(l, j) * uniforms.H + m] * slope(u);
    return select(du, du * zz, e < uniforms.oBeta);
  }
  fn ownNeuron(e: i32) -> i32 {
    if (e < uniforms.oOmega || e >= uniforms.oScale) { return 0; }
    if (e >= uniforms.oC) { return (e - uniforms.oC) / uniforms.D; }
    let unit = select((e - uniforms.oOmega) % (uniforms.oBeta - uniforms.oOmega), e - uniforms.oA, e >= uniforms.oA);
    return unit / (uniforms.H * uniforms.D);
  }
  fn main(index: i32) {
    let singles = uniforms.Q - uniforms.C;
    let lanes = uniforms.count / uniforms.Q;
    let singleGroups = (lanes * singles + ${THREADS - 1}) / ${THREADS};
    let group = index / ${THREADS};
    let isSingle = group < singleGroups;
    let item = select(group - singleGroups, index, isSingle);
    let perLane = max(1, select(uniforms.C, singles, isSingle));
    let lane = min(item / perLane, lanes - 1);
    let isThere = item < lanes * perLane;
    let within = item % perLane;
    let skip = select(0, uniforms.C, within >= uniforms.oOmega);
    let e = select(uniforms.oOmega + within, within + skip, isSingle);
    let neurons = select(uniforms.r, 1, isSingle);
    let own = ownNeuron(e);
    let terms = select(0, uniforms.n * neurons, isThere);
    var sum = 0.0;
    for (var i = select(i32(localIndex), 0, isSingle); i < terms; i += select(${THREADS}, 1, isSingle)) {
      sum += term(e, lane * uniforms.n + i / neurons, select(i % neurons, own, isSingle), lane * uniforms.Q);
    }
    let all = total(sum);
    if (isThere && isSingle) { result[lane * uniforms.Q + e] = sum; }
    if (isThere && !isSingle && localIndex == 0u) { result[lane * uniforms.Q + e] = all; }
  }`;

/**
 * One workgroup per row. Where there are more workgroups than one dimension takes, some are left over: they have no
 * neurons, but meet the same barriers. `moments` leaves the products in `result`, and returns their mean and inverse deviation.
 */
const ROW = `
  fn neurons(group: i32) -> i32 { return select(0, uniforms.r, group < uniforms.count); }
  fn phiAt(row: i32, l: i32) -> f32 {
    var phi = 1.0;
    let base = (row * uniforms.r + l) * uniforms.D;
    for (var j = 0; j < uniforms.D; j++) { phi *= factors[base + j]; }
    return phi;
  }
  fn moments(row: i32, r: i32, step: i32) -> vec2<f32> {
    var sum = 0.0;
    for (var l = i32(localIndex); l < r; l += ${THREADS}) {
      let phi = phiAt(row, l);
      result[(row * uniforms.r + l) * step] = phi;
      sum += phi;
    }
    let mean = total(sum) / f32(uniforms.r);
    var squares = 0.0;
    for (var l = i32(localIndex); l < r; l += ${THREADS}) {
      let centred = result[(row * uniforms.r + l) * step] - mean;
      squares += centred * centred;
    }
    return vec2<f32>(mean, inverseSqrt(total(squares) / f32(uniforms.r) + 1e-5));
  }`;

const NORM: KernelDefinition = {
  name: 'LrnnNorm',
  inputs: ['factors', 'q'],
  integers: INTEGERS,
  floats: FLOATS,
  code: `${TOTAL}${ROW}
    fn main(index: i32) {
      let row = min(index / ${THREADS}, uniforms.count - 1);
      let r = neurons(index / ${THREADS});
      let both = moments(row, r, 1);
      let q0 = (row / uniforms.n) * uniforms.Q;
      for (var l = i32(localIndex); l < r; l += ${THREADS}) {
        let at = row * uniforms.r + l;
        result[at] = (result[at] - both.x) * both.y * q[q0 + uniforms.oScale + l] + q[q0 + uniforms.oShift + l];
      }
    }`,
};

/** Two numbers per neuron: dphi, and the normalised phi. */
const NORM_BACKWARD: KernelDefinition = {
  name: 'LrnnNormBackward',
  inputs: ['factors', 'q', 'dy'],
  integers: INTEGERS,
  floats: FLOATS,
  code: `${TOTAL}${ROW}
    fn main(index: i32) {
      let row = min(index / ${THREADS}, uniforms.count - 1);
      let r = neurons(index / ${THREADS});
      let both = moments(row, r, 2);
      let scale0 = (row / uniforms.n) * uniforms.Q + uniforms.oScale;
      var sum = 0.0;
      var sumNormal = 0.0;
      for (var l = i32(localIndex); l < r; l += ${THREADS}) {
        let at = row * uniforms.r + l;
        let normal = (result[at * 2] - both.x) * both.y;
        result[at * 2 + 1] = normal;
        sum += dy[at] * q[scale0 + l];
        sumNormal += dy[at] * q[scale0 + l] * normal;
      }
      let meanGradient = total(sum) / f32(uniforms.r);
      let meanNormal = total(sumNormal) / f32(uniforms.r);
      for (var l = i32(localIndex); l < r; l += ${THREADS}) {
        let at = row * uniforms.r + l;
        result[at * 2] = (dy[at] * q[scale0 + l] - meanGradient - result[at * 2 + 1] * meanNormal) * both.y;
      }
    }`,
};

const FACTOR_GRADIENT: KernelDefinition = {
  name: 'LrnnFactorGradient',
  inputs: ['factors', 'back'],
  integers: INTEGERS,
  floats: FLOATS,
  code: `
    fn main(index: i32) {
      if (index >= uniforms.count) { return; }
      let base = index * uniforms.D;
      var before = uniforms.gamma * back[index * 2];
      for (var j = 0; j < uniforms.D; j++) {
        result[base + j] = before;
        before *= factors[base + j];
      }
      var after = 1.0;
      for (var j = uniforms.D - 1; j >= 0; j--) {
        result[base + j] *= after;
        after *= factors[base + j];
      }
    }`,
};

const KERNELS = new Map<string, ReturnType<typeof kernels>>();

/** The layer on h [lanes x n x inputs]; all of its parameters but W are read from p.packed. */
export function fusedProductLayer(
  tf: Tf,
  runner: KernelRunner,
  h: Tensor,
  layer: ProductLayerSpec,
  p: LayerTensors,
): Tensor {
  const [lanes, , inputs] = h.shape;
  const isDense = layer.projection === 'dense';
  const z = isDense ? tf.matMul(h, tf.reshape(p.W, [lanes, inputs, layer.rank * layer.width])) : h;
  const pass = new ProductPass(runner, layer, z.shape, factorCount(layer, inputs));
  const operation = tf.customGrad((input, packed, save) => {
    const [zs, q] = [input as Tensor, packed as Tensor];
    const { factors, y } = pass.forward(zs, q);
    (save as (tensors: Tensor[]) => void)([zs, q, factors]);
    return { value: y, gradFunc: (dy, [zSaved, qSaved, f]) => pass.backward(dy, zSaved, qSaved, f) };
  });
  return operation(z, p.packed);
}

/** The launches of one layer on one shape. */
class ProductPass {
  private readonly own: ReturnType<typeof kernels>;
  private readonly rows: number;
  private readonly lanes: number;
  private readonly uniforms: readonly number[];
  private readonly gamma: number;
  /** Parameters of a lane that all neurons share. */
  private readonly shared: number;

  constructor(
    private readonly runner: KernelRunner,
    private readonly layer: ProductLayerSpec,
    private readonly zShape: readonly number[],
    private readonly D: number,
  ) {
    const { rank: r, hidden: H, activation, projection, sharing } = layer;
    if (!KERNELS.has(activation)) KERNELS.set(activation, kernels(activation));
    this.own = KERNELS.get(activation)!;
    const [lanes, n, zRow] = zShape;
    this.lanes = lanes;
    this.rows = lanes * n;
    this.gamma = D ** -0.5;
    const basis = (sharing === 'neuron' ? r : 1) * D * H;
    const mix = (sharing === 'layer' ? 1 : r) * D;
    const oOmega = projection === 'dense' ? r * D : 0;
    const oA = oOmega + 2 * basis;
    const oC = oA + mix * H;
    const oScale = oC + mix;
    const neurons = [projection === 'dense' ? D : 0, sharing === 'neuron' ? D : 0, sharing === 'layer' ? 0 : D];
    const shared = (sharing === 'neuron' ? oOmega : sharing === 'basis' ? oA : oScale) - oOmega;
    this.shared = shared;
    this.uniforms = [
      n,
      r,
      D,
      H,
      zRow,
      ...neurons,
      oScale + 2 * r,
      shared,
      oOmega,
      oOmega + basis,
      oA,
      oC,
      oScale,
      oScale + r,
    ];
  }

  forward(z: Tensor, q: Tensor): { factors: Tensor; y: Tensor } {
    const { rows, layer, zShape, D } = this;
    const size = rows * layer.rank * D;
    const factors = this.launch(this.own.factors, [z, q], size, [size]);
    const y = this.launch(NORM, [factors, q], rows, [zShape[0], zShape[1], layer.rank], {
      invocations: rows * THREADS,
    });
    return { factors, y };
  }

  backward(dy: Tensor, z: Tensor, q: Tensor, factors: Tensor): Tensor[] {
    const { rows, layer, zShape, D, lanes } = this;
    const neurons = rows * layer.rank;
    const back = this.launch(NORM_BACKWARD, [factors, q, dy], rows, [neurons, 2], {
      invocations: rows * THREADS,
    });
    const dg = this.launch(FACTOR_GRADIENT, [factors, back], neurons, [neurons * D]);
    const dz = this.launch(this.own.inputs, [z, q, dg], z.size, zShape);
    const size = q.size / lanes;
    const groups = Math.ceil((lanes * (size - this.shared)) / THREADS) + lanes * this.shared;
    const dq = this.launch(this.own.parameters, [z, q, dg, dz, dy, back], q.size, [lanes, size], {
      invocations: groups * THREADS,
    });
    return [dz, dq];
  }

  private launch(
    kernel: KernelDefinition,
    inputs: readonly Tensor[],
    count: number,
    shape: readonly number[],
    { invocations = count }: { invocations?: number } = {},
  ): Tensor {
    const integers = [count, ...this.uniforms];
    return this.runner.run(kernel, { inputs, integers, floats: [this.gamma], shape, invocations });
  }
}
