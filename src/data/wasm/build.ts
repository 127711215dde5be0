/** @file The kernels over a memory of their own: compiled once per process, instantiated per reader. */

import type { Kernels } from './kernels.gen.js';
import { SIMD } from './kernels.gen.js';

interface Memory {
  readonly buffer: ArrayBuffer;
}

/** The part of the WebAssembly interface we use: the compiler knows neither Node's nor a browser's. */
interface Host {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number; maximum: number }) => Memory;
}

const PAGE = 65536;
const LINE = 64;
let compiled: object | undefined;

/** Plans a memory before it exists: it is allocated once, never grows, and views of it stay valid. */
export class Plan {
  // The first page holds the kernels' own constants.
  private top = PAGE;

  /** Room for `bytes`, on a cache line of its own; returns the address. */
  room(bytes: number): number {
    const at = this.top;
    this.top += Math.ceil(bytes / LINE) * LINE;
    return at;
  }

  /** Kernels over a zeroed memory for everything planned. */
  build(): { kernels: Kernels; buffer: ArrayBuffer } {
    const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: Host }).WebAssembly;
    const pages = Math.ceil(this.top / PAGE);
    const memory = new Memory({ initial: pages, maximum: pages });
    compiled ??= new Module(Buffer.from(SIMD, 'base64'));
    const { exports } = new Instance(compiled, { env: { memory } });
    return { kernels: exports as Kernels, buffer: memory.buffer };
  }
}
