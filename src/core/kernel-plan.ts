/** @file WebAssembly kernels over a memory of their own: compiled once per process, instantiated per plan. */

import { check } from './errors.js';
import type { SharedMemory, WasmMemory } from './shared-memory.js';
import { LINE, MAX_PAGES, PAGE, sharedForm } from './shared-memory.js';

/** The part of the WebAssembly interface we use: the compiler knows neither Node's nor a browser's. */
interface Host {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
}

/** By the memory they want and their code. */
const compiled = new Map<string, object>();

/** Kernels over the memory that was planned. */
export interface Built<Kernels> {
  readonly kernels: Kernels;
  readonly buffer: ArrayBuffer;
  /** Gives the rooms back to whoever shares the memory: neither kernels nor buffer may be used any more. */
  readonly release: () => void;
}

/** Plans a memory before it exists: it is allocated once, never grows, and views of it stay valid. Or rooms of one that threads share. */
export class KernelPlan<Kernels> {
  // The first page holds the kernels' own constants.
  private top = PAGE;
  private readonly rooms: number[] = [];

  /** `code`: the compiled kernels as base64; `what` must fit into the memory, in words. */
  constructor(
    private readonly code: string,
    private readonly where: string,
    private readonly what: string,
    private readonly shared: SharedMemory | null = null,
  ) {}

  /**
   * Room for `bytes`, on a cache line of its own; returns the address.
   *
   * Throws   NoRoom where a shared memory is full; nothing is kept of it then
   */
  room(bytes: number): number {
    if (this.shared) return this.sharedRoom(this.shared, bytes);
    const at = this.top;
    this.top += Math.ceil(bytes / LINE) * LINE;
    return at;
  }

  /**
   * Kernels over a memory for everything planned, which is zero.
   *
   * Throws   usage: more than 4 GiB
   */
  build(): Built<Kernels> {
    const { Memory } = host();
    if (this.shared) {
      const { memory } = this.shared;
      return { kernels: this.instance(memory), buffer: memory.buffer, release: () => this.release() };
    }
    const pages = Math.ceil(this.top / PAGE);
    check(pages <= MAX_PAGES, this.where, `${this.what} must fit into 4 GiB`, `${pages * PAGE} bytes`);
    const memory = new Memory({ initial: pages, maximum: pages });
    return { kernels: this.instance(memory), buffer: memory.buffer, release: () => undefined };
  }

  private sharedRoom(shared: SharedMemory, bytes: number): number {
    try {
      const at = shared.room(bytes);
      this.rooms.push(at);
      return at;
    } catch (error) {
      this.release();
      throw error;
    }
  }

  private release(): void {
    this.shared?.free(this.rooms.splice(0));
  }

  private instance(memory: WasmMemory): Kernels {
    const { Instance, Module } = host();
    const key = (this.shared ? 'shared ' : '') + this.code;
    let module = compiled.get(key);
    if (!module) {
      const code = Uint8Array.from(atob(this.code), (c) => c.charCodeAt(0));
      module = new Module(this.shared ? sharedForm(code) : code);
      compiled.set(key, module);
    }
    return new Instance(module, { env: { memory } }).exports as Kernels;
  }
}

function host(): Host {
  return (globalThis as unknown as { WebAssembly: Host }).WebAssembly;
}
