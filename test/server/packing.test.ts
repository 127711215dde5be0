import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';

import { packed, takesGzip } from '../../src/server/packing.js';

describe('takesGzip', () => {
  const cases: [accept: string | undefined, takes: boolean][] = [
    [undefined, false],
    ['', false],
    ['identity', false],
    ['gzip', true],
    ['GZIP;q=0.5, br', true],
    ['br, x-gzip', true],
    ['*', true],
    ['gzip;q=0, *', false],
    ['*;q=0', false],
    ['gzip;q=zero', false],
    ['gzipped', false],
  ];
  for (const [accept, takes] of cases) {
    it(`says ${takes ? 'yes' : 'no'} to ${accept ?? '(nothing)'}`, () => expect(takesGzip(accept)).to.equal(takes));
  }
});

describe('packed', () => {
  const page = '<p>Größe</p>'.repeat(1000);

  it('gives back the very text, in a fraction of its bytes, to who can read it', async () => {
    const { bytes, isPacked } = await packed(page, 'gzip, br');
    expect(isPacked).to.equal(true);
    expect(bytes.length).to.be.below(page.length / 20);
    expect(gunzipSync(bytes).toString('utf8')).to.equal(page);
  });

  it('leaves alone what is short, and what is for others', async () => {
    for (const [text, accept] of [
      ['short', 'gzip'],
      [page, undefined],
      [page, 'br'],
    ] as const) {
      const { bytes, isPacked } = await packed(text, accept);
      expect([isPacked, bytes.toString('utf8')]).to.deep.equal([false, text]);
    }
  });
});
