import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { TableCache } from '../../src/cluster/cache.js';
import { sha256 } from '../../src/cluster/parts.js';

describe('tables on a worker’s disk', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-cache-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const bytes = (n: number): Uint8Array => new Uint8Array(100).fill(n);

  it('are found by their SHA-256, and nothing else lies there', async () => {
    const cache = new TableCache(join(folder, 'new'));
    expect(await cache.read(sha256(bytes(1)))).to.equal(null);
    await Promise.all([1, 1, 2].map((n) => cache.write(sha256(bytes(n)), bytes(n))));
    expect(new Uint8Array((await cache.read(sha256(bytes(1))))!)).to.deep.equal(bytes(1));
    expect(readdirSync(join(folder, 'new'))).to.have.members([sha256(bytes(1)), sha256(bytes(2))]);
  });

  it('are thrown away when they are not what their name says', async () => {
    const name = sha256(bytes(1));
    writeFileSync(join(folder, name), bytes(2));
    expect(await new TableCache(folder).read(name)).to.equal(null);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('are swept of what killed workers left half-written, not of what is being written', async () => {
    const cache = new TableCache(folder);
    const part = (n: number): string => join(folder, `${sha256(bytes(n))}.0123abcd.part`);
    for (const n of [1, 2]) writeFileSync(part(n), bytes(n));
    writeFileSync(join(folder, 'notes.part'), 'of somebody else');
    const then = Date.now() / 1000 - 2 * 60 * 60;
    for (const path of [part(1), join(folder, 'notes.part')]) utimesSync(path, then, then);
    await cache.write(sha256(bytes(3)), bytes(3));
    expect(readdirSync(folder).map((name) => join(folder, name))).to.have.members([
      part(2),
      join(folder, 'notes.part'),
      join(folder, sha256(bytes(3))),
    ]);
    await new TableCache(join(folder, 'nowhere')).sweep();
  });

  it('go when there is no room, those first that were longest not used', async () => {
    const cache = new TableCache(folder, 250);
    for (const [age, n] of [
      [30, 1],
      [20, 2],
    ] as const) {
      await cache.write(sha256(bytes(n)), bytes(n));
      const then = Date.now() / 1000 - age;
      utimesSync(join(folder, sha256(bytes(n))), then, then);
    }
    await cache.read(sha256(bytes(1)));
    await cache.write(sha256(bytes(3)), bytes(3));
    expect(readdirSync(folder)).to.have.members([sha256(bytes(1)), sha256(bytes(3))]);
  });
});
