/**
 * @file Bytes that come in pieces, gathered in blocks that can be handed over to a thread: none is as large as the whole, so that no
 * turn of the loop is spent on joining them, and however small the pieces are, the blocks are few.
 */

const FIRST_BYTES = 16 * 1024;
const LAST_BYTES = 256 * 1024;

export class Blocks {
  private readonly full: Uint8Array[] = [];
  private block: Uint8Array | null = null;
  private used = 0;
  private size: number;

  /** `expected` is how many there will be, where somebody says it; no more memory than comes is taken for that. */
  constructor(expected = 0) {
    this.size = expected > 0 ? Math.min(expected, FIRST_BYTES) : FIRST_BYTES;
  }

  /** Copies a piece: it may be used again by whoever it came from. */
  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      this.block ??= new Uint8Array(Buffer.allocUnsafeSlow(this.size).buffer);
      const part = piece.subarray(at, at + this.block.length - this.used);
      this.block.set(part, this.used);
      this.used += part.length;
      at += part.length;
      if (this.used === this.block.length) this.next(this.block);
    }
  }

  /** All of them, each on memory of its own; the last one may be a part of it. */
  take(): Uint8Array[] {
    return this.block && this.used > 0 ? [...this.full, this.block.subarray(0, this.used)] : this.full;
  }

  private next(block: Uint8Array): void {
    this.full.push(block);
    this.block = null;
    this.used = 0;
    this.size = Math.min(Math.max(2 * block.length, FIRST_BYTES), LAST_BYTES);
  }
}
