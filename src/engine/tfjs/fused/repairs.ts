/**
 * @file Operations of TensorFlow.js's WebGPU backend that are not good enough for us, on the same names.
 *
 * Sin, Cos      WGSL promises 11 bits for its own and some devices give little more (2e-4 off on SwiftShader)
 * Cumprod       wrong in version 4.22.0 for some sizes (5 factors, exclusive and in reverse, are off by more than 1)
 * BatchMatMul   see matmul.ts
 * Sum           pairs its terms by their number: zeros that fill up a batch would change the last bits
 */

import type { TensorInfo, Tf } from '../vendor.js';
import { MATMUL, matMulLaunch } from './matmul.js';
import type { KernelDefinition } from './run.js';
import { launchOn, sizeOf } from './run.js';
import { activationCode, THREADS, TOTAL } from './wgsl.js';

const WAVES: Readonly<Record<'Sin' | 'Cos', string>> = { Sin: 'act', Cos: 'slope' };

/** Along the last axis: `size` numbers each. */
const CUMPROD: KernelDefinition = {
  name: 'LrnnCumprod',
  inputs: ['x'],
  integers: ['count', 'size', 'isExclusive', 'isReverse'],
  code: `
    fn main(index: i32) {
      if (index >= uniforms.count) { return; }
      var product = 1.0;
      for (var i = 0; i < uniforms.size; i++) {
        let at = index * uniforms.size + select(i, uniforms.size - 1 - i, uniforms.isReverse == 1);
        let value = x[at];
        result[at] = select(product * value, product, uniforms.isExclusive == 1);
        product *= value;
      }
    }`,
};

/** Over the middle of [outer x size x inner]: a workgroup each. Term i is always added by thread i modulo THREADS. */
const SUM: KernelDefinition = {
  name: 'LrnnSum',
  inputs: ['x'],
  integers: ['count', 'size', 'inner'],
  code: `${TOTAL}
    fn main(index: i32) {
      let item = min(index / ${THREADS}, uniforms.count - 1);
      let first = (item / uniforms.inner) * uniforms.size * uniforms.inner + item % uniforms.inner;
      var sum = 0.0;
      for (var i = i32(localIndex); i < uniforms.size; i += ${THREADS}) { sum += x[first + i * uniforms.inner]; }
      let all = total(sum);
      if (localIndex == 0u) { result[item] = all; }
    }`,
};

type Compute = (backend: never, inputs: Record<string, TensorInfo>, attributes: Record<string, unknown>) => TensorInfo;

/** Replaces them on one backend. */
export function repair(tf: Tf, backendName: string): void {
  const replace = (kernelName: string, compute: Compute): void =>
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) =>
        compute(backend as never, inputs as Record<string, TensorInfo>, attrs as Record<string, unknown>),
    });
  for (const [kernelName, word] of Object.entries(WAVES)) {
    const definition = { name: 'LrnnWave', variant: kernelName, inputs: ['x'], integers: ['count'], code: wave(word) };
    replace(kernelName, (backend, { x }) => {
      const count = sizeOf(x.shape);
      return launchOn(backend, definition, { inputs: [x], integers: [count], shape: x.shape, invocations: count });
    });
  }
  replace('Cumprod', (backend, { x }, { exclusive, reverse }) => {
    const length = x.shape.at(-1) ?? 1;
    const count = sizeOf(x.shape) / length;
    const integers = [count, length, Number(exclusive), Number(reverse)];
    return launchOn(backend, CUMPROD, { inputs: [x], integers, shape: x.shape, invocations: count });
  });
  replace('BatchMatMul', (backend, { a, b }, { transposeA, transposeB }) =>
    launchOn(backend, MATMUL, matMulLaunch(a, b, Boolean(transposeA), Boolean(transposeB))),
  );
  const original = tf.getKernel('Sum', backendName).kernelFunc;
  replace('Sum', (backend, inputs, attributes) => {
    const { x } = inputs;
    const axes = tf.util.parseAxisParam(attributes.axis as number[], x.shape).sort((one, two) => one - two);
    const [from, to] = [axes[0], axes[axes.length - 1] + 1];
    // Terms that lie apart are brought together first, which is what the original does.
    if (x.dtype !== 'float32' || to - from !== axes.length) {
      return original({ inputs, backend, attrs: attributes as never }) as TensorInfo;
    }
    const [outer, size, inner] = [x.shape.slice(0, from), x.shape.slice(from, to), x.shape.slice(to)];
    const shape = [...outer, ...(attributes.keepDims ? size.map(() => 1) : []), ...inner];
    const count = sizeOf(shape);
    const integers = [count, sizeOf(size), sizeOf(inner)];
    return launchOn(backend, SUM, { inputs: [x], integers, shape, invocations: count * THREADS });
  });
}

function wave(word: string): string {
  return `${activationCode('sin')}
    fn main(index: i32) { if (index < uniforms.count) { result[index] = ${word}(x[index]); } }`;
}
