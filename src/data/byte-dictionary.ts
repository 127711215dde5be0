/** @file Distinct texts as bytes, each once, numbered as they come: found by a hash of their bytes, without a string being made. */

const FIRST_SLOTS = 16;
const FIRST_BYTES = 64;

/** What the hash of no bytes is; `hashStep` goes on from it. */
export const HASH_START = 0x811c9dc5 | 0;
const HASH_FACTOR = 0x01000193;

/** The hash of the bytes so far and one more. */
export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, HASH_FACTOR);
}

export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = HASH_START;
  for (let i = from; i < to; i++) hash = hashStep(hash, bytes[i]);
  return hash;
}

/** Open addressing, half empty at least. */
export class ByteDictionary {
  size = 0;
  /** 1 + number of the text; 0 where the slot is free. */
  private slots = new Int32Array(FIRST_SLOTS);
  private hashes = new Int32Array(FIRST_SLOTS / 2);
  /** Where each text begins among the bytes, and where the last one ends. */
  private starts = new Int32Array(FIRST_SLOTS / 2 + 1);
  private bytes = Buffer.alloc(FIRST_BYTES);

  /** The number of a text; -1 where it is new. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const { slots, hashes, starts } = this;
    const mask = slots.length - 1;
    for (let at = spread(hash) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const code = slots[at] - 1;
      if (hashes[code] !== hash || starts[code + 1] - starts[code] !== to - from) continue;
      if (this.isAt(starts[code], bytes, from, to)) return code;
    }
    return -1;
  }

  /** The number of a text that is new. */
  add(bytes: Uint8Array, from: number, to: number, hash: number): number {
    if (2 * (this.size + 1) > this.slots.length) this.grow();
    const code = this.size++;
    const start = this.starts[code];
    const end = start + to - from;
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes], Math.max(end, 2 * this.bytes.length));
    this.bytes.set(bytes.subarray(from, to), start);
    this.starts[code + 1] = end;
    this.hashes[code] = hash;
    this.place(code);
    return code;
  }

  /** All texts, by their numbers; the bytes are not to be written to. */
  texts<T>(read: (bytes: Buffer) => T): T[] {
    return Array.from({ length: this.size }, (_, code) =>
      read(this.bytes.subarray(this.starts[code], this.starts[code + 1])),
    );
  }

  private isAt(start: number, bytes: Uint8Array, from: number, to: number): boolean {
    const own = this.bytes;
    for (let i = from, j = start; i < to; i++, j++) if (bytes[i] !== own[j]) return false;
    return true;
  }

  private place(code: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = spread(this.hashes[code]) & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = code + 1;
  }

  private grow(): void {
    const length = 2 * this.slots.length;
    this.slots = new Int32Array(length);
    const [hashes, starts] = [new Int32Array(length / 2), new Int32Array(length / 2 + 1)];
    hashes.set(this.hashes);
    starts.set(this.starts);
    [this.hashes, this.starts] = [hashes, starts];
    for (let code = 0; code < this.size; code++) this.place(code);
  }
}

/** The high bits of a product of bytes are its best. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
