/**
 * @file Operations of TensorFlow.js's WebGPU backend that are not good enough for us, on the same names.
 *
 * Sin, Cos   WGSL promises 11 bits for its own and some devices give little more (2e-4 off on SwiftShader)
 * Cumprod    wrong in version 4.22.0 for some sizes (5 factors, exclusive and in reverse, are off by more than 1)
 */

import type { TensorInfo, Tf } from '../vendor.js';
import type { KernelDefinition } from './run.js';
import { launchOn } from './run.js';
import { activationCode } from './wgsl.js';

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

/** Replaces them on one backend. */
export function repair(tf: Tf, backendName: string): void {
  const size = ({ shape }: TensorInfo): number => shape.reduce((product, n) => product * n, 1);
  for (const [kernelName, word] of Object.entries(WAVES)) {
    const definition = { name: 'LrnnWave', variant: kernelName, inputs: ['x'], integers: ['count'], code: wave(word) };
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend }) => {
        const count = size(inputs.x!);
        const launch = { integers: [count], shape: inputs.x!.shape, invocations: count };
        return launchOn(backend as never, definition, { ...launch, inputs: [inputs.x!] });
      },
    });
  }
  tf.registerKernel({
    kernelName: 'Cumprod',
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { exclusive, reverse } = attrs as { exclusive: boolean; reverse: boolean };
      const { shape } = inputs.x!;
      const length = shape.at(-1) ?? 1;
      const count = size(inputs.x!) / length;
      const integers = [count, length, Number(exclusive), Number(reverse)];
      return launchOn(backend as never, CUMPROD, { inputs: [inputs.x!], integers, shape, invocations: count });
    },
  });
}

function wave(word: string): string {
  return `${activationCode('sin')}
    fn main(index: i32) { if (index < uniforms.count) { result[index] = ${word}(x[index]); } }`;
}
