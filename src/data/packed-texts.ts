/** @file Texts end to end in blocks of bytes outside the JavaScript heap, so that files of hundreds of megabytes fit. */

const BLOCK_BYTES = 1 << 20;
const FIRST_BLOCK_BYTES = 1 << 10;
const FIRST_PLACES = 16;
/** Fewer bytes are copied faster one by one. */
const FEW_BYTES = 32;

/** Blocks begin small and double: a column of few cells takes few bytes. */
export class PackedTexts {
  private readonly blocks: Buffer[] = [];
  /** Of each text: its block, where it begins there, and how long it is. */
  private places = new Int32Array(FIRST_PLACES);
  private used = 0;
  private count = 0;

  add(bytes: Buffer, from: number, to: number): number {
    const length = to - from;
    const last = this.blocks.at(-1)?.length ?? 0;
    if (this.blocks.length === 0 || this.used + length > last) {
      const size = Math.min(BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, 2 * last));
      this.blocks.push(Buffer.allocUnsafeSlow(Math.max(size, length)));
      this.used = 0;
    }
    const block = this.blocks[this.blocks.length - 1];
    if (length < FEW_BYTES) for (let i = 0; i < length; i++) block[this.used + i] = bytes[from + i];
    else bytes.copy(block, this.used, from, to);
    this.remember(length);
    this.used += length;
    return this.count++;
  }

  bytesAt(index: number): Buffer {
    const [block, start, length] = this.places.subarray(3 * index, 3 * index + 3);
    return this.blocks[block].subarray(start, start + length);
  }

  private remember(length: number): void {
    const place = 3 * this.count;
    if (place + 3 > this.places.length) {
      const larger = new Int32Array(2 * this.places.length);
      larger.set(this.places);
      this.places = larger;
    }
    this.places[place] = this.blocks.length - 1;
    this.places[place + 1] = this.used;
    this.places[place + 2] = length;
  }
}
