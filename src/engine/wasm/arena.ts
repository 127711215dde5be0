/**
 * @file Linear memory, planned before it exists: a program knows all its sizes when it is compiled, so its memory is
 * allocated once, never grows, and views of it stay valid.
 */

import type { WasmMemory } from './webassembly.js';
import { Memory } from './webassembly.js';

/** Rows in a block of activations: two vectors of four lanes. */
export const ROWS = 8;
/** Bytes of one feature of one block. */
export const FEATURE = ROWS * 4;

const PAGE = 65536;
/** The first page holds the kernels' own constants. */
const RESERVED = PAGE;
const LINE = 64;

/** A tensor [blocks][cols][8] float32; feature f of block t lies at `at + t * stride + f * FEATURE` bytes. */
export interface Activations {
  readonly at: number;
  readonly stride: number;
  readonly cols: number;
}

/** Hands out addresses, lowest first, each on a cache line of its own. */
export class Arena {
  private top = RESERVED;

  /** Room for `bytes`; returns the address. */
  allocate(bytes: number): number {
    const at = this.top;
    this.top += Math.ceil(bytes / LINE) * LINE;
    return at;
  }

  /** Room for a tensor of activations. */
  activations(blocks: number, cols: number): Activations {
    const stride = blockStride(cols);
    return { at: this.allocate(blocks * stride), stride, cols };
  }

  /** Everything handed out so far, in bytes. */
  get bytes(): number {
    return this.top;
  }

  /** Memory for everything handed out so far, zeroed. */
  createMemory(): WasmMemory {
    const pages = Math.ceil(this.top / PAGE);
    return new Memory({ initial: pages, maximum: pages });
  }
}

/** An odd number of cache lines, so that one feature of successive blocks does not always fall into the same cache set. */
export function blockStride(cols: number): number {
  return (Math.ceil((cols * FEATURE) / LINE) | 1) * LINE;
}

/** Columns [first, first + cols) of a tensor. */
export function columns(of: Activations, first: number, cols: number): Activations {
  return { at: of.at + first * FEATURE, stride: of.stride, cols };
}

/** Blocks that hold `rows` rows. */
export function blockCount(rows: number): number {
  return Math.ceil(rows / ROWS);
}
