/** @file The kernels over a memory of their own: compiled once per process, instantiated per grower. */

import { check } from '../../core/index.js';
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

const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: Host }).WebAssembly;

const PAGE = 65536;
const MAX_PAGES = 65535;
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

  /**
   * Kernels over a zeroed memory for everything planned.
   *
   * Throws   usage: more than 4 GiB
   */
  build(): { kernels: Kernels; buffer: ArrayBuffer } {
    const pages = Math.ceil(this.top / PAGE);
    check(pages <= MAX_PAGES, 'trees', 'the table, binned, must fit into 4 GiB', `${pages * PAGE} bytes`);
    const memory = new Memory({ initial: pages, maximum: pages });
    compiled ??= new Module(Uint8Array.from(atob(SIMD), (char) => char.charCodeAt(0)));
    const { exports } = new Instance(compiled, { env: { memory } });
    return { kernels: exports as Kernels, buffer: memory.buffer };
  }
}
