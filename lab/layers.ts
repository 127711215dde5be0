/** @file Small layers with gradients written by hand, for networks that the engine does not have: in scalar float64, to be read. */

import type { Rng } from '../src/core/index.js';

/** n rows of `cols` numbers, row-major. */
export interface Rows {
  readonly n: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** A layer's output and the way back: given dLoss/dOutput it adds to `gradient` and returns dLoss/dInput. */
export interface Pass {
  readonly output: Rows;
  readonly backward: (outputGradient: Rows, gradient: Float64Array) => Rows;
}

/** A function of rows with `size` parameters, which it is given as a view. */
export interface Layer {
  readonly size: number;
  readonly start: (rng: Rng, parameters: Float64Array) => void;
  readonly forward: (h: Rows, parameters: Float64Array) => Pass;
}

export function rowsOf(n: number, cols: number): Rows {
  return { n, cols, data: new Float64Array(n * cols) };
}

/** h W + b; weights of variance scale^2 / inputs. */
export function affine(inputs: number, outputs: number, scale = 1): Layer {
  const biases = inputs * outputs;
  return {
    size: biases + outputs,
    start: (rng, p) => {
      for (let i = 0; i < biases; i++) p[i] = scale * inputs ** -0.5 * rng.normal();
    },
    forward: (h, p) => {
      const output = rowsOf(h.n, outputs);
      for (let t = 0; t < h.n; t++) {
        output.data.set(p.subarray(biases), t * outputs);
        for (let i = 0; i < inputs; i++) {
          const value = h.data[t * inputs + i];
          for (let o = 0; o < outputs; o++) output.data[t * outputs + o] += value * p[i * outputs + o];
        }
      }
      const backward = (dy: Rows, gradient: Float64Array): Rows => {
        const dh = rowsOf(h.n, inputs);
        for (let t = 0; t < h.n; t++) {
          for (let o = 0; o < outputs; o++) gradient[biases + o] += dy.data[t * outputs + o];
          for (let i = 0; i < inputs; i++) {
            for (let o = 0; o < outputs; o++) {
              const g = dy.data[t * outputs + o];
              gradient[i * outputs + o] += h.data[t * inputs + i] * g;
              dh.data[t * inputs + i] += p[i * outputs + o] * g;
            }
          }
        }
        return dh;
      };
      return { output, backward };
    },
  };
}

/** A function of each number alone, without parameters; `slope` is given the number and the function's value there. */
export function each(value: (z: number) => number, slope: (z: number, y: number) => number): Layer {
  return {
    size: 0,
    start: () => undefined,
    forward: (h) => {
      const output = { ...h, data: h.data.map(value) };
      return {
        output,
        backward: (dy) => ({ ...dy, data: dy.data.map((g, i) => g * slope(h.data[i], output.data[i])) }),
      };
    },
  };
}

/** Degrees 3 and 2: (p0 + p1 z + p2 z^2 + p3 z^3) / (1 + |q1 z + q2 z^2|), its six numbers learned, the same for all units. */
const RATIONAL_SIZE = 6;
/** Nearest to relu on [-1, 1]. Source: Boulle, Nakatsukasa & Townsend 2020 */
const RATIONAL_RELU = [0.0218, 0.5, 1.5957, 1.1915, 0, 2.383];

/** Rational functions that are learned, without poles. Source: Molina, Schramowski & Kersting 2020 (the absolute value below) */
export function rational(): Layer {
  return {
    size: RATIONAL_SIZE,
    start: (_, p) => p.set(RATIONAL_RELU),
    forward: (h, p) => {
      const parts = (z: number) => {
        const inside = p[4] * z + p[5] * z * z;
        return {
          above: p[0] + z * (p[1] + z * (p[2] + z * p[3])),
          below: 1 + Math.abs(inside),
          sign: Math.sign(inside),
        };
      };
      const output = { ...h, data: h.data.map((z) => parts(z).above / parts(z).below) };
      const backward = (dy: Rows, gradient: Float64Array): Rows => {
        const dh = rowsOf(h.n, h.cols);
        h.data.forEach((z, i) => {
          const { below, sign } = parts(z);
          const up = dy.data[i] / below;
          // dy / d|inside|
          const down = -up * output.data[i] * sign;
          for (let k = 0; k < 4; k++) gradient[k] += up * z ** k;
          gradient[4] += down * z;
          gradient[5] += down * z * z;
          dh.data[i] = up * (p[1] + z * (2 * p[2] + z * 3 * p[3])) + down * (p[4] + 2 * p[5] * z);
        });
        return dh;
      };
      return { output, backward };
    },
  };
}

/** A product of kernels of the `width` numbers of each neuron: prod_j exp(-z_j^2 / (2 width)). */
export function kernelProduct(width: number): Layer {
  return {
    size: 0,
    start: () => undefined,
    forward: (z) => {
      const output = rowsOf(z.n, z.cols / width);
      z.data.forEach((value, i) => (output.data[Math.floor(i / width)] -= value ** 2 / (2 * width)));
      output.data.forEach((sum, i) => (output.data[i] = Math.exp(sum)));
      const back = (dy: Rows): Rows => {
        const slope = (value: number, i: number): number =>
          (-value / width) * output.data[Math.floor(i / width)] * dy.data[Math.floor(i / width)];
        return { ...z, data: z.data.map(slope) };
      };
      return { output, backward: back };
    },
  };
}

/** The first half of the columns times a gate of the second half: sigmoids of them, or they themselves. */
export function gated(isSigmoid: boolean): Layer {
  return {
    size: 0,
    start: () => undefined,
    forward: (h) => {
      const cols = h.cols / 2;
      const output = rowsOf(h.n, cols);
      const at = (i: number): number => Math.floor(i / cols) * h.cols + (i % cols);
      const gate = (i: number): number => {
        const z = h.data[at(i) + cols];
        return isSigmoid ? 1 / (1 + Math.exp(-z)) : z;
      };
      output.data.forEach((_, i) => (output.data[i] = h.data[at(i)] * gate(i)));
      const backward = (dy: Rows): Rows => {
        const dh = rowsOf(h.n, h.cols);
        dy.data.forEach((g, i) => {
          const open = gate(i);
          dh.data[at(i)] = g * open;
          dh.data[at(i) + cols] = g * h.data[at(i)] * (isSigmoid ? open * (1 - open) : 1);
        });
        return dh;
      };
      return { output, backward };
    },
  };
}

/** One after the other. */
export function stacked(layers: readonly Layer[]): Layer {
  const offsets: number[] = [];
  let size = 0;
  for (const layer of layers) {
    offsets.push(size);
    size += layer.size;
  }
  const own = (all: Float64Array, k: number): Float64Array => all.subarray(offsets[k], offsets[k] + layers[k].size);
  return {
    size,
    start: (rng, p) => layers.forEach((layer, k) => layer.start(rng, own(p, k))),
    forward: (x, p) => {
      const passes: Pass[] = [];
      let output = x;
      layers.forEach((layer, k) => {
        passes.push(layer.forward(output, own(p, k)));
        output = passes[k].output;
      });
      const backward = (dy: Rows, gradient: Float64Array): Rows =>
        passes.reduceRight((d, pass, k) => pass.backward(d, own(gradient, k)), dy);
      return { output, backward };
    },
  };
}

/** [inner(x), x] side by side: what comes after it sees the inputs again. */
export function besideInputs(inner: Layer): Layer {
  return {
    size: inner.size,
    start: inner.start,
    forward: (x, p) => {
      const pass = inner.forward(x, p);
      const { cols } = pass.output;
      const backward = (dy: Rows, gradient: Float64Array): Rows => {
        const dx = pass.backward(columns(dy, 0, cols), gradient);
        const skipped = columns(dy, cols, x.cols).data;
        return { ...dx, data: dx.data.map((g, i) => g + skipped[i]) };
      };
      return { output: joined(pass.output, x), backward };
    },
  };
}

/** (h W + b) * (x V + c), where h and x stand beside each other: one rung of a ladder of polynomials. */
export function rung(inputs: number, outputs: number, skipped: number): Layer {
  const [main, beside] = [affine(inputs, outputs), affine(skipped, outputs)];
  const product = gated(false);
  return {
    size: main.size + beside.size,
    start: (rng, p) => {
      main.start(rng, p.subarray(0, main.size));
      beside.start(rng, p.subarray(main.size));
      // The side factor begins near 1, so that a deep ladder begins as a shallow one.
      p.fill(1, p.length - outputs);
    },
    forward: (hx, p) => {
      const left = main.forward(columns(hx, 0, inputs), p.subarray(0, main.size));
      const right = beside.forward(columns(hx, inputs, skipped), p.subarray(main.size));
      const both = product.forward(joined(left.output, right.output), p);
      const backward = (dy: Rows, gradient: Float64Array): Rows => {
        const d = both.backward(dy, gradient);
        return joined(
          left.backward(columns(d, 0, outputs), gradient.subarray(0, main.size)),
          right.backward(columns(d, outputs, outputs), gradient.subarray(main.size)),
        );
      };
      return { output: both.output, backward };
    },
  };
}

function joined(a: Rows, b: Rows): Rows {
  const out = rowsOf(a.n, a.cols + b.cols);
  for (let t = 0; t < a.n; t++) {
    out.data.set(a.data.subarray(t * a.cols, (t + 1) * a.cols), t * out.cols);
    out.data.set(b.data.subarray(t * b.cols, (t + 1) * b.cols), t * out.cols + a.cols);
  }
  return out;
}

function columns(from: Rows, first: number, cols: number): Rows {
  const out = rowsOf(from.n, cols);
  for (let t = 0; t < from.n; t++)
    out.data.set(from.data.subarray(t * from.cols + first, t * from.cols + first + cols), t * cols);
  return out;
}
