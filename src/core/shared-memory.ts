/** @file A memory of WebAssembly that threads share: any of them takes rooms in it and gives them back. */

import { ToolkitError } from './errors.js';

/** A WebAssembly.Memory, which travels between threads as it is. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the WebAssembly interface we use: the compiler knows neither Node's nor a browser's. */
interface Host {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory;
}

export const PAGE = 65536;
export const MAX_PAGES = 65535;
/** Rooms begin on cache lines, and are counted in them. */
export const LINE = 64;

/** The book of rooms is the second page: the first one holds the kernels' own constants. */
const BOOK_AT = PAGE;
const ROOMS_AT = 2 * PAGE;
/** Words of the book: whether somebody writes in it, rooms taken, where never used lines begin; then start and length of each room. */
const LOCK = 0;
const COUNT = 1;
const FRESH = 2;
const FIRST = 16;
const MOST_ROOMS = Math.floor((PAGE / 4 - FIRST) / 2);
/** A thread that ended in the middle of writing would keep all others waiting: they do so this long. */
const PATIENCE_MS = 2000;

/** There is none left: whoever asked makes do with a memory of its own. */
export class NoRoom extends ToolkitError {}

/**
 * Rooms of a shared memory. The book that says which are taken lies in the memory itself, so every thread sees the same.
 *
 * First gap that is large enough; the memory grows where there is none.
 */
export class SharedMemory {
  private readonly book: Int32Array;

  constructor(readonly memory: WasmMemory) {
    this.book = new Int32Array(memory.buffer, BOOK_AT, PAGE / 4);
  }

  /** A new memory; null where threads cannot share one. */
  static make(): SharedMemory | null {
    if (typeof SharedArrayBuffer === 'undefined') return null;
    const { Memory } = (globalThis as unknown as { WebAssembly: Host }).WebAssembly;
    const shared = new SharedMemory(new Memory({ initial: ROOMS_AT / PAGE, maximum: MAX_PAGES, shared: true }));
    shared.book[FRESH] = ROOMS_AT / LINE;
    return shared;
  }

  /**
   * The address of so many bytes, all 0, that nobody else has.
   *
   * Throws   NoRoom: 4 GiB are full, or a thread ended while it held the book
   */
  room(bytes: number): number {
    const lines = Math.max(1, Math.ceil(bytes / LINE));
    const { start, fresh } = this.locked(() => this.take(lines));
    // What nobody had before is zero, and takes no memory until it is written.
    const used = Math.min(fresh - start, lines);
    if (used > 0) new Uint8Array(this.memory.buffer, start * LINE, used * LINE).fill(0);
    return start * LINE;
  }

  /** Gives rooms back. */
  free(rooms: readonly number[]): void {
    const starts = new Set(rooms.map((at) => at / LINE));
    this.locked(() => {
      const { book } = this;
      let kept = 0;
      for (let i = 0; i < book[COUNT]; i++) {
        const at = FIRST + 2 * i;
        if (starts.has(book[at])) continue;
        book.copyWithin(FIRST + 2 * kept++, at, at + 2);
      }
      book[COUNT] = kept;
    });
  }

  /** Bytes of rooms that are taken. */
  get taken(): number {
    let lines = 0;
    for (let i = 0; i < this.book[COUNT]; i++) lines += this.book[FIRST + 2 * i + 1];
    return lines * LINE;
  }

  private take(lines: number): { start: number; fresh: number } {
    const { book } = this;
    const count = book[COUNT];
    if (count === MOST_ROOMS) throw noRoom(`${count} rooms`);
    let start = ROOMS_AT / LINE;
    let i = 0;
    for (; i < count; i++) {
      const [next, length] = book.subarray(FIRST + 2 * i, FIRST + 2 * i + 2);
      if (next - start >= lines) break;
      start = next + length;
    }
    this.reach((start + lines) * LINE);
    book.copyWithin(FIRST + 2 * i + 2, FIRST + 2 * i, FIRST + 2 * count);
    book.set([start, lines], FIRST + 2 * i);
    book[COUNT] = count + 1;
    const fresh = book[FRESH];
    book[FRESH] = Math.max(fresh, start + lines);
    return { start, fresh };
  }

  /** Grows the memory up to that address. */
  private reach(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch {
      throw noRoom(`${end} bytes`);
    }
  }

  private locked<T>(work: () => T): T {
    const until = performance.now() + PATIENCE_MS;
    while (Atomics.compareExchange(this.book, LOCK, 0, 1) !== 0) {
      Atomics.wait(this.book, LOCK, 1, PATIENCE_MS);
      if (performance.now() > until) throw noRoom('a thread that does not let go of it');
    }
    try {
      return work();
    } finally {
      Atomics.store(this.book, LOCK, 0);
      Atomics.notify(this.book, LOCK, 1);
    }
  }
}

function noRoom(got: string): NoRoom {
  return new NoRoom('limit', { where: 'memory', rule: 'what threads share must fit into 4 GiB', got });
}

/**
 * The same compiled kernels over a shared memory: of what they import, the memory is said to be shared and to have an end.
 *
 * Throws   a module that does not import env.memory alone
 */
export function sharedForm(code: Uint8Array): Uint8Array {
  const name = [0x03, ...ascii('env'), 0x06, ...ascii('memory'), 0x02];
  for (let at = 8; at + 1 < code.length;) {
    const { value: length, next } = leb(code, at + 1);
    if (code[at] !== IMPORTS) {
      at = next + length;
      continue;
    }
    const body = code.subarray(next, next + length);
    const isOnly = body[0] === 1 && name.every((byte, i) => body[1 + i] === byte) && body.length === name.length + 3;
    if (!isOnly) break;
    const [low, middle, high] = [MAX_PAGES & 127, (MAX_PAGES >> 7) & 127, MAX_PAGES >> 14];
    const limits = [SHARED_WITH_END, 1, low | 128, middle | 128, high];
    const own = [IMPORTS, 1 + name.length + limits.length, 1, ...name, ...limits];
    return Uint8Array.from([...code.subarray(0, at), ...own, ...code.subarray(next + length)]);
  }
  throw new Error('kernels must import one memory, env.memory, and nothing else');
}

/** The section of imports, and the flags of a memory that is shared and has a greatest size. */
const IMPORTS = 2;
const SHARED_WITH_END = 3;

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A whole number, seven bits a byte, the lowest first. */
function leb(code: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = code[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, next: at };
  }
}
