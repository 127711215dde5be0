import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { fingerprint, Store } from '../../lab/store.js';

describe('what a run of the lab has found', () => {
  let folder: string;
  let worked: number;
  const work = async () => ({ found: ++worked });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lab-'));
    worked = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is found once for the same settings, in later runs too, with the seconds it took', async () => {
    const first = new Store(folder);
    expect(await first.result({ rate: 1 }, work)).to.deep.equal({ found: 1 });
    const later = new Store(folder);
    expect(await later.result({ rate: 1 }, work)).to.deep.equal({ found: 1 });
    expect(await later.result({ rate: 2 }, work)).to.deep.equal({ found: 2 });
    expect(first.seconds).to.be.above(0);
    expect(later.seconds).to.be.above(first.seconds);
  });

  it('is found again where a file is not whole', async () => {
    await new Store(folder).result({ rate: 1 }, work);
    const [file] = readdirSync(folder);
    truncateSync(join(folder, file), 10);
    expect(await new Store(folder).result({ rate: 1 }, work)).to.deep.equal({ found: 2 });
  });

  it('is not kept where the work failed', async () => {
    const failed = await new Store(folder)
      .result({ rate: 1 }, () => Promise.reject(new Error('stopped')))
      .then(() => 'kept', String);
    expect(failed).to.equal('Error: stopped');
    expect(await new Store(folder).result({ rate: 1 }, work)).to.deep.equal({ found: 1 });
  });

  it('belongs to the programs that found it', () => {
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a/one.ts'), 'export const one = 1;');
    const before = fingerprint([folder]);
    expect(fingerprint([folder])).to.equal(before);
    writeFileSync(join(folder, 'a/one.ts'), 'export const one = 2;');
    expect(fingerprint([folder])).to.not.equal(before);
  });
});
