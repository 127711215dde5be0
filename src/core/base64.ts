/** @file Typed arrays as text inside JSON: the bytes of their numbers, least significant first, in base64. */

type Numbers = Int32Array | Float32Array | Uint8Array;

/** Characters that are made at once: more arguments than that are too many for a call. */
const BLOCK = 8192;

export function toBase64(numbers: Numbers): string {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += BLOCK) text += String.fromCharCode(...bytes.subarray(i, i + BLOCK));
  return btoa(text);
}

/** The inverse of `toBase64`. */
export function fromBase64<T extends Numbers>(text: string, kind: new (buffer: ArrayBuffer) => T): T {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return new kind(bytes.buffer);
}
