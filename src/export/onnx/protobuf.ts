/**
 * @file As much of protocol buffers as an ONNX file needs: varints, fixed32, bytes and nested messages, written and read.
 * Format: https://protobuf.dev/programming-guides/encoding
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A message being written, as chunks in order. */
export class Message {
  private readonly chunks: Uint8Array[] = [];
  private size = 0;

  /** A whole number; negative ones take ten bytes, as the format wants. */
  int(field: number, value: number): this {
    return this.push(varint(field * 8 + VARINT)).push(varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.push(varint(field * 8 + FIXED32)).push(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint(field * 8 + BYTES))
      .push(varint(value.length))
      .push(value);
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  /** Repeated whole numbers, one field each: ONNX declares them so, and every reader takes it. */
  ints(field: number, values: ArrayLike<number>): this {
    const key = varint(field * 8 + VARINT);
    const out = new Uint8Array(values.length * (key.length + 10));
    let at = 0;
    for (let i = 0; i < values.length; i++) {
      out.set(key, at);
      at = writeVarint(out, at + key.length, values[i]);
    }
    return this.push(out.subarray(0, at));
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.chunks) {
      out.set(chunk, at);
      at += chunk.length;
    }
    return out;
  }

  private push(chunk: Uint8Array): this {
    this.chunks.push(chunk);
    this.size += chunk.length;
    return this;
  }
}

function varint(value: number): Uint8Array {
  const out = new Uint8Array(10);
  return out.subarray(0, writeVarint(out, 0, value));
}

function writeVarint(out: Uint8Array, at: number, value: number): number {
  if (value >= 0 && value < 2 ** 31) {
    let rest = value;
    for (; rest > 127; rest >>>= 7) out[at++] = (rest & 127) | 128;
    out[at++] = rest;
    return at;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) out[at++] = Number(rest & 127n) | 128;
  out[at++] = Number(rest);
  return at;
}

/** One field of a message: its number, and a whole number or the bytes of what it holds. */
export interface Field {
  readonly field: number;
  readonly int: number;
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * The fields of a message, in order; null when the bytes are no message. Trusts nothing: every length is checked.
 *
 * Whole numbers beyond 2^53 lose their last bits.
 */
export function readMessage(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): number => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) return -1;
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asUintN(64, value));
    }
    return -1;
  };
  while (at < bytes.length) {
    const key = readVarint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    const isVarint = wire === VARINT;
    const length = isVarint ? 0 : wire === BYTES ? readVarint() : wire === FIXED32 ? 4 : wire === FIXED64 ? 8 : -1;
    if (key < 0 || field === 0 || length < 0 || length > bytes.length - at) return null;
    const int = isVarint ? readVarint() : 0;
    if (int < 0) return null;
    fields.push({ field, int, bytes: isVarint ? NOTHING : bytes.subarray(at, at + length) });
    at += length;
  }
  return fields;
}
