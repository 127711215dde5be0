/** @file JSON as a type, and the arrays that travel beside it. */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Arrays that a bundle stores as named tensors. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Something fitted, taken apart: what JSON can say in `json`, the numbers in `tensors`. Nothing in it is executable. */
export interface SavedState {
  readonly kind: string;
  readonly version: number;
  readonly json: JsonObject;
  readonly tensors: Readonly<Record<string, TensorData>>;
  /** Shape of each tensor, row-major; one-dimensional where left out. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}
