/**
 * @file A file in memory that emscripten can write fast.
 *
 * Its own file system keeps a file as an array of numbers and grows it number by number; saving the model every ten rounds
 * that way took more time than training.
 */

/** The parts of an open file and of a node of emscripten's file system that we replace or read. */
export interface FileStream {
  readonly position: number;
}
export interface FileNode {
  node_ops: object;
  stream_ops: object;
}

const SEEK_CURRENT = 1;
const SEEK_END = 2;

/** Holds what was written last. */
export class MemoryFile {
  private store = new Uint8Array(1 << 16);
  private length = 0;

  /** Takes the node over: from now on reading and writing it is done here. */
  attach(node: FileNode): void {
    const write = (_: FileStream, from: Int8Array, offset: number, length: number, position: number): number =>
      this.write(from.subarray(offset, offset + length), position);
    const llseek = (stream: FileStream, offset: number, whence: number): number =>
      offset + (whence === SEEK_END ? this.length : whence === SEEK_CURRENT ? stream.position : 0);
    const setattr = (_: unknown, { size }: { size?: number }): void => {
      if (size !== undefined) this.length = size;
    };
    node.stream_ops = { ...node.stream_ops, write, llseek };
    node.node_ops = { ...node.node_ops, setattr };
  }

  /** What is in the file: a view until the next write. */
  bytes(): Uint8Array {
    return this.store.subarray(0, this.length);
  }

  private write(from: Int8Array, position: number): number {
    const end = position + from.length;
    if (end > this.store.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.store.length));
      larger.set(this.bytes());
      this.store = larger;
    }
    this.store.set(from, position);
    this.length = Math.max(this.length, end);
    return from.length;
  }
}
