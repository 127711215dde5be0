/** @file A fitted model as bytes for the study file: safetensors, so that nothing in it is ever executed. */

import type { JsonObject, SavedState, TensorData } from '../core/index.js';
import { readSafetensors, writeSafetensors } from '../core/index.js';

export function encodeState(state: SavedState): Uint8Array {
  const tensors: Record<string, { shape: readonly number[]; data: TensorData }> = {};
  for (const [name, data] of Object.entries(state.tensors)) {
    tensors[name] = { shape: state.shapes?.[name] ?? [data.length], data };
  }
  const { kind, version, json } = state;
  return writeSafetensors({ metadata: { state: JSON.stringify({ kind, version, json }) }, tensors });
}

export function decodeState(bytes: Uint8Array): SavedState {
  const { metadata, tensors } = readSafetensors(bytes);
  const head = JSON.parse(metadata.state ?? '{}') as { kind: string; version: number; json: JsonObject };
  const data: Record<string, TensorData> = {};
  const shapes: Record<string, readonly number[]> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    data[name] = tensor.data;
    shapes[name] = tensor.shape;
  }
  return { ...head, tensors: data, shapes };
}

/** Raw little-endian float32, as SQLite keeps predictions. */
export function floatsToBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
}

export function bytesToFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
