/** @file TensorFlow.js on WebGPU under Node: Dawn makes the device, and everything is let go of again at the end. */

import { ToolkitError } from '../../core/index.js';
import { fusedKernels } from './fused/index.js';
import { repair } from './fused/repairs.js';
import type { Runtime } from './runtime.js';
import { prepare } from './runtime.js';
import type { ImportModule, Tf } from './vendor.js';
import { importExports, importModule, PACKAGES } from './vendor.js';
import { mayHaveDriver } from './vulkan.js';

/** The little of WebGPU that is used here; TensorFlow.js uses the rest. */
interface Adapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: object): Promise<Device>;
}

export interface Device {
  readonly limits: Readonly<Record<string, number>>;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { error: Error; preventDefault?: () => void }) => void,
  ): void;
  destroy(): void;
}

interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}

interface Dawn {
  create(flags: readonly string[]): Gpu;
  readonly globals: object;
}

type WebGpuBackend = new (device: Device, info: Adapter['info']) => object;

export interface WebGpuOptions {
  readonly load?: ImportModule;
  /** false: TensorFlow.js operations only. */
  readonly isFused?: boolean;
}

/** Limits that TensorFlow.js wants as high as the adapter has them. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

const WHERE = 'engine.webgpu';
const VULKAN_COMMAND = 'sudo apt-get install libvulkan1 mesa-vulkan-drivers';
let opened = 0;

/**
 * A device and TensorFlow.js on it.
 *
 * `navigator.gpu` stands until the runtime is closed: TensorFlow.js looks for it, and Node does not exit while it stands.
 *
 * Throws   state: no adapter (no GPU, no driver), or the device cannot be made
 */
export async function openWebGpu({ load = importModule, isFused = true }: WebGpuOptions = {}): Promise<Runtime> {
  const dawn = await importExports<Dawn>(PACKAGES.dawn, load);
  Object.assign(globalThis, dawn.globals);
  if (!mayHaveDriver()) throw noAdapter('no Vulkan driver');
  const gpu = acquireGpu(dawn);
  try {
    const { adapter, device } = await makeDevice(gpu);
    const tf = prepare(await importExports<Tf>(PACKAGES.core, load));
    const { WebGPUBackend } = await importExports<{ WebGPUBackend: WebGpuBackend }>(PACKAGES.webgpuBackend, load);
    const backend = `webgpu-${++opened}`;
    copyKernels(tf, 'webgpu', backend);
    repair(tf, backend);
    tf.registerBackend(backend, () => new WebGPUBackend(device, adapter.info) as never);
    await tf.setBackend(backend);
    // Small operations on the CPU would wait for the GPU to give their operands back.
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    return makeRuntime({ tf, backend, device, info: adapter.info, isFused });
  } catch (error) {
    releaseGpu();
    throw error;
  }
}

/** One for the process: taking a driver down while another device is being made ends in an abort inside of it. */
const instances = new WeakMap<Dawn, Gpu>();
let standIn: { readonly before: PropertyDescriptor | undefined; users: number } | null = null;

/** Dawn's entry, put where browsers have it, for all runtimes together. */
function acquireGpu(dawn: Dawn): Gpu {
  const gpu = instances.get(dawn) ?? dawn.create([]);
  instances.set(dawn, gpu);
  if (!standIn) {
    standIn = { before: Object.getOwnPropertyDescriptor(globalThis, 'navigator'), users: 0 };
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  }
  standIn.users++;
  return gpu;
}

function releaseGpu(): void {
  if (!standIn || --standIn.users > 0) return;
  const { before } = standIn;
  if (before) Object.defineProperty(globalThis, 'navigator', before);
  else delete (globalThis as { navigator?: object }).navigator;
  standIn = null;
}

async function makeDevice(gpu: Gpu): Promise<{ adapter: Adapter; device: Device }> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw noAdapter('none');
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  return { adapter, device: await adapter.requestDevice({ requiredLimits }) };
}

function noAdapter(got: string): ToolkitError {
  const node = globalThis.process as NodeJS.Process | undefined;
  const hint =
    node?.platform === 'linux'
      ? `NVIDIA's own driver brings Vulkan; on Debian, that for Intel and AMD is installed with: ${VULKAN_COMMAND}`
      : 'A GPU needs its driver.';
  return new ToolkitError('state', { where: WHERE, rule: 'there must be a GPU adapter', got, hint });
}

/** Every runtime is a backend of its own, so that a lost device can be replaced by another one. */
function copyKernels(tf: Tf, from: string, to: string): void {
  for (const kernel of tf.getKernelsForBackend(from)) tf.registerKernel({ ...kernel, backendName: to });
}

interface Parts {
  readonly tf: Tf;
  readonly backend: string;
  readonly device: Device;
  readonly info: Adapter['info'];
  readonly isFused: boolean;
}

function makeRuntime({ tf, backend, device, info, isFused }: Parts): Runtime {
  let fault: string | null = null;
  let isClosed = false;
  void device.lost.then(({ message }) => (fault ??= `the device was lost: ${message}`));
  device.addEventListener('uncapturederror', (event) => {
    fault ??= event.error.message;
    // It is thrown by check(); on the console it would only be in the way.
    event.preventDefault?.();
  });
  const name = [info.vendor, info.architecture, info.description].filter(Boolean).join(' ');
  return {
    name: 'webgpu',
    description: `WebGPU through Dawn on ${name || 'a GPU without a name'}`,
    isSoftware: info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name),
    tf,
    backend,
    fused: isFused ? fusedKernels(tf, backend) : null,
    keepsLanesApart: true,
    tensorBytes: device.limits.maxStorageBufferBindingSize,
    check: () => {
      if (fault === null || isClosed) return;
      throw new ToolkitError('state', { where: WHERE, rule: 'the device must work', got: fault.split('\n')[0] });
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      tf.removeBackend(backend);
      device.destroy();
      await device.lost;
      releaseGpu();
    },
  };
}
