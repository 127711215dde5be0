/**
 * @file The safetensors container: named arrays and a few texts in one file that any language can read and that
 * cannot run anything. Format: https://github.com/huggingface/safetensors, version 0.4 and later.
 */

import { check, ToolkitError } from './errors.js';
import type { JsonObject, JsonValue, TensorData } from './json.js';

/** The format's own limit for the header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** The data starts at a multiple of this, so that arrays can be read in place. */
const ALIGNMENT = 8;
const METADATA = '__metadata__';

const DTYPES = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U8: Uint8Array } as const;
type Dtype = keyof typeof DTYPES;

/** An array and its dimensions; their product is its length. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The bytes of a safetensors file.
 *
 * Tensors stand in order of falling element size, then of name: all are aligned, and the same content gives the same bytes.
 *
 * Throws   usage: a shape that does not fit its data, a tensor named __metadata__; limit: a header over 100 MB
 */
export function writeSafetensors({ metadata, tensors }: Safetensors): Uint8Array {
  const entries = layOut(tensors);
  const header = encodeHeader(metadata, entries);
  const start = LENGTH_BYTES + header.length;
  const out = new Uint8Array(start + (entries.at(-1)?.end ?? 0));
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, LENGTH_BYTES);
  for (const { name, begin } of entries) out.set(bytesOf(tensors[name].data), start + begin);
  return out;
}

/**
 * Reads what `writeSafetensors`, or any other writer, wrote. Nothing in the file is trusted: every size is checked
 * before memory is taken.
 *
 * Throws   data: not a safetensors file, cut short, or contradicting itself; an element type other than F64 F32 I32 U8
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = decodeHeader(bytes);
  const { [METADATA]: metadata = {}, ...rest } = header;
  const entries = Object.entries(rest).map(([name, entry]) => parseEntry(name, entry));
  checkLayout(entries, bytes.length - start);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, Tensor] => {
    // Not bytes.slice: of a Node Buffer that is a view, at any offset of a larger pool.
    const copy = new Uint8Array(end - begin);
    copy.set(bytes.subarray(start + begin, start + end));
    return [name, { shape, data: new DTYPES[dtype](copy.buffer) }];
  });
  return { metadata: parseMetadata(metadata), tensors: Object.fromEntries(tensors) };
}

/** The format's name of an element type. */
export function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

/** The memory behind an array, as it is. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function layOut(tensors: Readonly<Record<string, Tensor>>): HeaderEntry[] {
  const size = (name: string) => tensors[name].data.BYTES_PER_ELEMENT;
  const names = Object.keys(tensors).sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1));
  let begin = 0;
  return names.map((name) => {
    const { shape, data } = tensors[name];
    check(name !== METADATA, 'safetensors', `no tensor may be named ${METADATA}`, name);
    check(
      product(shape) === data.length,
      `tensor ${name}`,
      `shape [${shape.join(', ')}] must fit its data`,
      data.length,
    );
    const entry = { name, dtype: dtypeOf(data), shape, begin, end: begin + data.byteLength };
    begin = entry.end;
    return entry;
  });
}

function encodeHeader(metadata: Safetensors['metadata'], entries: readonly HeaderEntry[]): Uint8Array {
  const header = Object.fromEntries<unknown>([[METADATA, metadata]]);
  for (const { name, dtype, shape, begin, end } of entries) {
    Object.defineProperty(header, name, { value: { dtype, shape, data_offsets: [begin, end] }, enumerable: true });
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padding = -(LENGTH_BYTES + json.length) & (ALIGNMENT - 1);
  if (json.length + padding > MAX_HEADER_BYTES) {
    throw new ToolkitError('limit', { where: 'safetensors', rule: 'header must be at most 100 MB', got: json.length });
  }
  const out = new Uint8Array(json.length + padding).fill(0x20);
  out.set(json);
  return out;
}

function decodeHeader(bytes: Uint8Array): { header: JsonObject; start: number } {
  if (bytes.length < LENGTH_BYTES) throw broken('must have a header', `${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES || bytes[LENGTH_BYTES] !== 0x7b) {
    throw broken('must be a safetensors file', 'something else');
  }
  const start = LENGTH_BYTES + Number(length);
  if (start > bytes.length) throw truncated(start, bytes.length);
  const header = parseJson(bytes.subarray(LENGTH_BYTES, start));
  if (!isObject(header)) throw broken('must be a safetensors file', 'a header that is not JSON');
  return { header, start };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

function parseEntry(name: string, entry: JsonValue | undefined): HeaderEntry {
  if (!isObject(entry)) throw broken(`tensor ${name} must be described`, entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype)) {
    throw broken(`tensor ${name} must be of type ${Object.keys(DTYPES).join(', ')}`, dtype);
  }
  if (!isSizes(shape)) throw broken(`tensor ${name} must have a shape`, shape);
  if (!isSizes(offsets) || offsets.length !== 2) throw broken(`tensor ${name} must have two offsets`, offsets);
  const [begin, end] = offsets;
  const size = product(shape) * DTYPES[dtype as Dtype].BYTES_PER_ELEMENT;
  if (end - begin !== size) throw broken(`tensor ${name} must have ${size} bytes`, end - begin);
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** Tensors must fill the data one after the other: no gap to hide in, no overlap, nothing beyond. */
function checkLayout(entries: readonly HeaderEntry[], available: number): void {
  let next = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== next) throw broken(`tensor ${name} must begin at byte ${next}`, begin);
    next = end;
  }
  if (next > available) throw truncated(next, available);
  if (next < available) throw broken(`must end after ${next} bytes of data`, available);
}

function parseMetadata(metadata: JsonValue): Record<string, string> {
  const isTexts = isObject(metadata) && Object.values(metadata).every((value) => typeof value === 'string');
  if (!isTexts) throw broken('metadata must be texts', metadata);
  return metadata as Record<string, string>;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

function broken(rule: string, got: unknown): ToolkitError {
  return new ToolkitError('data', { where: 'safetensors', rule, got: got ?? null });
}

function truncated(expected: number, got: number): ToolkitError {
  const hint = 'The file is cut short; copy or export it again.';
  return new ToolkitError('data', { where: 'safetensors', rule: `must have at least ${expected} bytes`, got, hint });
}
