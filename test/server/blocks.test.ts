import { expect } from 'chai';
import fc from 'fast-check';

import { Blocks } from '../../src/server/blocks.js';

describe('Blocks', () => {
  it('hold the bytes that came, in order, each block on memory of its own', () => {
    const piece = fc.uint8Array({ maxLength: 40_000 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(100_000), (pieces, expected) => {
        const blocks = new Blocks(expected);
        pieces.forEach((one) => blocks.add(one));
        const all = blocks.take();
        expect(Buffer.concat(all).equals(Buffer.concat(pieces))).to.equal(true);
        expect(new Set(all.map(({ buffer }) => buffer)).size).to.equal(all.length);
        expect(all.every(({ byteOffset, length }) => byteOffset === 0 && length > 0 && length <= 256 * 1024)).to.equal(
          true,
        );
        const taken = all.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
        const came = pieces.reduce((sum, { length }) => sum + length, 0);
        expect(taken, 'memory follows what came').to.be.at.most(3 * came + 16 * 1024);
      }),
      { numRuns: 40 },
    );
  });

  it('are few, however small the pieces are, and copy them', () => {
    const blocks = new Blocks();
    const piece = Uint8Array.of(7);
    for (let i = 0; i < 1_000_000; i++) blocks.add(piece);
    piece[0] = 0;
    expect(blocks.take()).to.have.length.below(12);
    expect(blocks.take().every((block) => block.every((byte) => byte === 7))).to.equal(true);
    expect(new Blocks().take()).to.deep.equal([]);
  });
});
