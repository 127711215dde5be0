/** @file Grey pictures as PNG files in a data: address. */

import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** A square of grey values, cut to [0, 1], as the address of a PNG file. */
export function pngAddress(values: ArrayLike<number>, size: number): string {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 0, 0, 0, 0], 8); // 8 bits of grey
  const raw = Buffer.alloc(size * (size + 1)); // each row begins with the number of its filter: none
  for (let i = 0; i < size * size; i++) {
    raw[i + 1 + Math.floor(i / size)] = Math.round(255 * Math.min(1, Math.max(0, values[i])));
  }
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))];
  return `data:image/png;base64,${Buffer.concat([SIGNATURE, ...parts]).toString('base64')}`;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
