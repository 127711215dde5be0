/** @file How a kernel of our own is registered with TensorFlow.js and launched. */

import type { Tensor, TensorInfo, Tf } from '../vendor.js';
import { THREADS } from './wgsl.js';

/** A kernel: its WGSL, and how many invocations or workgroups it wants. */
export interface KernelDefinition {
  /** Its name in TensorFlow.js, and with `variant` the key of the compiled pipeline. */
  readonly name: string;
  readonly variant?: string;
  /** Names of the inputs, all read as flat arrays. */
  readonly inputs: readonly string[];
  /** int32 uniforms, then float32 ones, by name. */
  readonly integers?: readonly string[];
  readonly floats?: readonly string[];
  /** Functions, and `fn main(index: i32)`, which writes to `result`. */
  readonly code: string;
}

export interface Launch {
  readonly inputs: readonly TensorInfo[];
  readonly integers?: readonly number[];
  readonly floats?: readonly number[];
  readonly shape: readonly number[];
  /** Invocations of main; a workgroup is THREADS of them in a row. */
  readonly invocations: number;
}

/** The part of the WebGPU backend that runs a program. */
interface WebGpuBackend {
  runWebGPUProgram(
    program: object,
    inputs: readonly TensorInfo[],
    dtype: 'float32',
    uniforms: readonly { type: 'int32' | 'float32'; data: readonly number[] }[],
  ): TensorInfo;
}

/** Launches kernels on one backend, registering each under its name the first time. */
export class KernelRunner {
  private readonly known = new Set<string>();

  constructor(
    private readonly tf: Tf,
    private readonly backendName: string,
  ) {}

  run(definition: KernelDefinition, launch: Launch): Tensor {
    const { name, inputs } = definition;
    if (!this.known.has(name)) this.register(name);
    const named = Object.fromEntries(inputs.map((input, i) => [input, launch.inputs[i] as Tensor]));
    // Attributes are for the kernel alone: TensorFlow.js hands them on as they are.
    const attributes = { definition, launch } as unknown as Record<string, never>;
    return this.tf.engine().runKernel(name, named, attributes);
  }

  private register(kernelName: string): void {
    this.known.add(kernelName);
    this.tf.registerKernel({
      kernelName,
      backendName: this.backendName,
      kernelFunc: ({ backend, attrs }) => {
        const { definition, launch } = attrs as unknown as { definition: KernelDefinition; launch: Launch };
        return launchOn(backend as WebGpuBackend, definition, launch);
      },
    });
  }
}

/** Runs a kernel at once; its inputs are read as flat arrays whatever their shapes. */
export function launchOn(backend: WebGpuBackend, definition: KernelDefinition, launch: Launch): TensorInfo {
  const { name, variant = '', inputs, integers = [], floats = [], code } = definition;
  const size = sizeOf(launch.shape);
  const program = {
    variableNames: inputs,
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(launch.invocations / THREADS), 1, 1],
    workgroupSize: [THREADS, 1, 1],
    shaderKey: `${name}/${variant}`,
    uniforms: [...integers.map((word) => `${word} : i32, `), ...floats.map((word) => `${word} : f32, `)].join(''),
    getUserCode: () => code,
  };
  const flat = launch.inputs.map(({ dataId, dtype, shape }) => ({ dataId, dtype, shape: [sizeOf(shape)] }));
  const output = backend.runWebGPUProgram(program, flat, 'float32', [
    ...(launch.integers ?? []).map((value) => ({ type: 'int32' as const, data: [value] })),
    ...(launch.floats ?? []).map((value) => ({ type: 'float32' as const, data: [value] })),
  ]);
  return { ...output, shape: [...launch.shape] };
}

/** How many numbers a tensor of that shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
