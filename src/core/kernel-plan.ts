/** @file WebAssembly kernels over a memory of their own: compiled once per process, instantiated per plan. */

import { check } from './errors.js';

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
const MAX_PAGES = 65535;
const LINE = 64;
/** By their code. */
const compiled = new Map<string, object>();

/** Plans a memory before it exists: it is allocated once, never grows, and views of it stay valid. */
export class KernelPlan<Kernels> {
  // The first page holds the kernels' own constants.
  private top = PAGE;

  /** `code`: the compiled kernels as base64; `what` must fit into the memory, in words. */
  constructor(
    private readonly code: string,
    private readonly where: string,
    private readonly what: string,
  ) {}

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
    const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: Host }).WebAssembly;
    const pages = Math.ceil(this.top / PAGE);
    check(pages <= MAX_PAGES, this.where, `${this.what} must fit into 4 GiB`, `${pages * PAGE} bytes`);
    const memory = new Memory({ initial: pages, maximum: pages });
    const module = compiled.get(this.code) ?? new Module(Uint8Array.from(atob(this.code), (c) => c.charCodeAt(0)));
    compiled.set(this.code, module);
    const { exports } = new Instance(module, { env: { memory } });
    return { kernels: exports as Kernels, buffer: memory.buffer };
  }
}
