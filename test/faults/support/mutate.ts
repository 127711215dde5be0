/** @file Damage to files as disks, copies and editors do it, drawn from a seed. */

import { Rng } from '../../../src/core/index.js';

export interface Damage {
  /** What was done, for the message of a failing test. */
  readonly what: string;
  readonly bytes: Buffer;
}

type Kind = (bytes: Buffer, rng: Rng) => string;

const at = (bytes: Buffer, rng: Rng): number => rng.integer(bytes.length);

/** Changes the bytes in place; those that change the length stand below. */
const IN_PLACE: readonly Kind[] = [
  (bytes, rng) => {
    const place = at(bytes, rng);
    const bit = 1 << rng.integer(8);
    bytes[place] ^= bit;
    return `bit ${bit} of byte ${place} flipped`;
  },
  (bytes, rng) => {
    const place = at(bytes, rng);
    bytes[place] = rng.integer(256);
    return `byte ${place} set to ${bytes[place]}`;
  },
  (bytes, rng) => {
    const place = at(bytes, rng);
    const end = Math.min(bytes.length, place + 1 + rng.integer(30));
    for (let i = place; i < end; i++) bytes[i] = rng.integer(256);
    return `bytes ${place} to ${end} drawn anew`;
  },
  (bytes, rng) => {
    const place = at(bytes, rng) & ~511;
    bytes.fill(0, place, place + 512);
    return `the sector at ${place} empty`;
  },
  (bytes, rng) => {
    const [from, to] = [at(bytes, rng) & ~511, at(bytes, rng) & ~511];
    bytes.copy(bytes, to, from, from + 512);
    return `the sector at ${from} also at ${to}`;
  },
];

/** A damaged copy. Half of the damage is to cells of text, where structure does not show it: `texts` says where they begin. */
export function damaged(original: Buffer, texts: readonly number[], seed: number): Damage {
  const rng = new Rng(seed);
  if (rng.integer(10) === 0) {
    const length = rng.integer(original.length);
    return { what: `cut to ${length} bytes (seed ${seed})`, bytes: Buffer.from(original.subarray(0, length)) };
  }
  const bytes = Buffer.from(original);
  if (texts.length > 0 && rng.integer(2) === 0) {
    const place = texts[rng.integer(texts.length)] + rng.integer(200);
    if (place < bytes.length) bytes[place] ^= 1 << rng.integer(8);
    return { what: `a bit of byte ${place}, in a text, flipped (seed ${seed})`, bytes };
  }
  const what = Array.from({ length: 1 + rng.integer(3) }, () => IN_PLACE[rng.integer(IN_PLACE.length)](bytes, rng));
  return { what: `${what.join(', ')} (seed ${seed})`, bytes };
}

/** Where JSON objects begin in a file. */
export function textsIn(bytes: Buffer): number[] {
  const places: number[] = [];
  for (let i = bytes.indexOf('{"'); i >= 0; i = bytes.indexOf('{"', i + 1)) places.push(i);
  return places;
}
