/** @file Opens the engines on GPUs, or says what is missing and how it is installed. */

import { ToolkitError } from '../../core/index.js';
import type { Engine } from '../engine.js';
import { openCuda } from './cuda.js';
import type { Runtime } from './runtime.js';
import { tfjsEngine } from './tfjs-engine.js';
import type { ImportModule } from './vendor.js';
import { importModule, PACKAGES, TFJS_VERSION } from './vendor.js';
import { mayHaveDriver } from './vulkan.js';
import { openWebGpu } from './webgpu.js';

export type { ImportModule };
export { importModule };

/** In the order in which they are preferred. */
export const GPU_NAMES = ['webgpu', 'cuda'] as const;
export type GpuName = (typeof GPU_NAMES)[number];

const NEEDS: Readonly<Record<GpuName, readonly string[]>> = {
  webgpu: [PACKAGES.dawn, `${PACKAGES.core}@${TFJS_VERSION}`, `${PACKAGES.webgpuBackend}@${TFJS_VERSION}`],
  cuda: [`${PACKAGES.cudaGpu}@${TFJS_VERSION}`],
};

/** The command that installs what an engine needs. */
export function installCommand(name: GpuName): string {
  return `npm install ${NEEDS[name].map((need) => (need === PACKAGES.dawn ? `${need}@0.6` : need)).join(' ')}`;
}

/** Packages of which one must be there before a driver is asked at all; drivers may say on the console what they like. */
export function driverPackages(name: GpuName): readonly string[] {
  if (name === 'webgpu') return mayHaveDriver() ? [PACKAGES.dawn] : [];
  return [PACKAGES.cudaGpu, PACKAGES.cudaCpu];
}

/** Throws   state: a package is missing (with the command that installs it), or there is no such device */
export async function openGpu(
  name: GpuName,
  load: ImportModule = importModule,
): Promise<{ engine: Engine; reason: string; isSoftware: boolean }> {
  const runtime = await (name === 'webgpu' ? openWebGpu({ load }) : openCuda(load)).catch((error: unknown) => {
    throw explain(name, error);
  });
  return { engine: tfjsEngine(runtime), reason: reasonFor(runtime), isSoftware: runtime.isSoftware };
}

function reasonFor({ description, isSoftware }: Runtime): string {
  return isSoftware ? `${description}; a device in software: right, never fast` : description;
}

function explain(name: GpuName, error: unknown): unknown {
  if (error instanceof ToolkitError) return error;
  const { code, message = String(error) } = error as { code?: string; message?: string };
  const [first] = message.split('\n');
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    const missing = /'([^']+)'/.exec(message)?.[1] ?? 'a package';
    const rule = `${name} needs packages that are not installed`;
    const hint = `Install them with: ${installCommand(name)}`;
    return new ToolkitError('state', { where: 'engine', rule, got: `no ${missing}`, hint }, { cause: error });
  }
  const hint = 'Use --engine wasm.';
  return new ToolkitError('state', { where: 'engine', rule: `${name} must start`, got: first, hint }, { cause: error });
}
