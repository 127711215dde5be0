/** @file Running an ONNX model where ONNX Runtime is installed: it is nobody's dependency, and imported when it is asked for. */

import { ToolkitError } from '../../core/index.js';
import type { OnnxFeed } from '../../export/index.js';

/** The runtimes that are looked for, in order. */
export const ONNX_RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;
export type OnnxRuntime = (typeof ONNX_RUNTIMES)[number];

interface OnnxTensor {
  readonly data: ArrayLike<number | string>;
}

/** As much of the runtime's interface as we use; both packages have it. */
interface Runtime {
  readonly env: { wasm: { numThreads?: number } };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: readonly string[] | Float64Array, shape: readonly number[]) => OnnxTensor;
}

interface Session {
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** An ONNX model that runs. */
export interface OnnxSession {
  readonly runtime: OnnxRuntime;
  /** Outputs by name. */
  run(feeds: readonly OnnxFeed[]): Promise<Readonly<Record<string, ArrayLike<number | string>>>>;
  close(): Promise<void>;
}

/**
 * Opens a model in the named runtime, or in the first one that is installed; null when there is none.
 *
 * Throws   data: the runtime refuses the model, with its reason
 */
export async function openOnnx(model: Uint8Array, wanted?: OnnxRuntime): Promise<OnnxSession | null> {
  for (const runtime of wanted ? [wanted] : ONNX_RUNTIMES) {
    const ort = await imported(runtime);
    if (ort === null) continue;
    // One thread: models are small, and threads would outlive the session.
    if (runtime === 'onnxruntime-web') ort.env.wasm.numThreads = 1;
    const session = await created(ort, model, runtime);
    return {
      runtime,
      run: async (feeds) => {
        const tensors = feeds.map(({ name, shape, data }) => {
          const type = data instanceof Float64Array ? 'float64' : 'string';
          return [name, new ort.Tensor(type, data, shape)] as const;
        });
        const outputs = await session.run(Object.fromEntries(tensors));
        return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
      },
      close: () => session.release(),
    };
  }
  return null;
}

/** The error for a machine without any runtime. */
export function needsRuntime(where: string): ToolkitError {
  const hint = `Install one: npm install ${ONNX_RUNTIMES[1]}.`;
  const rule = 'ONNX Runtime must be installed to run an ONNX model';
  return new ToolkitError('state', { where, rule, hint });
}

async function imported(name: OnnxRuntime): Promise<Runtime | null> {
  try {
    const module = (await import(name)) as { default?: Runtime } & Runtime;
    return module.default ?? module;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

async function created(ort: Runtime, model: Uint8Array, runtime: OnnxRuntime): Promise<Session> {
  try {
    return await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  } catch (error) {
    const hint = `${runtime} says: ${(error as Error).message.split('\n')[0]}`;
    throw new ToolkitError('data', { where: 'onnx', rule: 'the model must load', hint }, { cause: error });
  }
}
