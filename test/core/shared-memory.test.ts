import { expect } from 'chai';
import fc from 'fast-check';

import { NoRoom, sharedForm, SharedMemory } from '../../src/core/shared-memory.js';

describe('SharedMemory', () => {
  it('gives rooms that no two share, all 0, however they are taken and given back', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(5000), drop: fc.nat(9) }), { maxLength: 60 }), (steps) => {
        const memory = SharedMemory.make()!;
        const held: { at: number; bytes: number; mark: number }[] = [];
        steps.forEach(({ bytes, drop }, i) => {
          const at = memory.room(bytes);
          const view = new Uint8Array(memory.memory.buffer, at, bytes);
          expect(view.every((byte) => byte === 0)).to.equal(true);
          expect(at % 64).to.equal(0);
          view.fill(1 + (i % 250));
          held.push({ at, bytes, mark: 1 + (i % 250) });
          if (drop < held.length && drop % 2 === 0) memory.free(held.splice(drop, 1).map((room) => room.at));
        });
        for (const { at, bytes, mark } of held) {
          expect(new Uint8Array(memory.memory.buffer, at, bytes).every((byte) => byte === mark)).to.equal(true);
        }
        memory.free(held.map(({ at }) => at));
        expect(memory.taken).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });

  it('grows no more where what was given back is large enough', () => {
    const memory = SharedMemory.make()!;
    memory.free([memory.room(1e6)]);
    const { byteLength } = memory.memory.buffer;
    for (let i = 0; i < 50; i++) memory.free([memory.room(5e5), memory.room(4e5)]);
    expect(memory.memory.buffer.byteLength).to.equal(byteLength);
  });

  it('says that there is no room where 4 GiB do not suffice, and goes on', () => {
    const memory = SharedMemory.make()!;
    expect(() => memory.room(2 ** 32)).to.throw(NoRoom, 'memory: what threads share must fit into 4 GiB');
    expect(memory.taken).to.equal(0);
    expect(memory.room(10)).to.be.above(0);
  });
});

describe('sharedForm', () => {
  it('refuses what does not import one memory alone', () => {
    expect(() => sharedForm(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))).to.throw('must import one memory');
    const two = [0, 97, 115, 109, 1, 0, 0, 0, 2, 8, 1, 1, 97, 1, 98, 2, 0, 0];
    expect(() => sharedForm(Uint8Array.from(two))).to.throw('must import one memory');
  });
});
