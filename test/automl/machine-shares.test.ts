import { expect } from 'chai';
import fc from 'fast-check';

import { fitsOfParts, machineShares } from '../../src/automl/index.js';
import { seeded } from '../support/seed.js';

const machine = fc.record({ name: fc.constantFrom('a', 'b', '__proto__', 'constructor'), cores: fc.nat({ max: 64 }) });
const fits = fc.array(fc.record({ machine: fc.option(machine, { nil: undefined }), seconds: fc.nat({ max: 1000 }) }), {
  maxLength: 40,
});
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('machineShares', () => {
  it('counts each fit of a machine once, whatever it is called, and none of those that were made here', () => {
    fc.assert(
      fc.property(fits, (made) => {
        const shares = machineShares(made);
        const there = made.flatMap(({ machine: by, seconds }) => (by ? [{ machine: by, seconds }] : []));
        expect(shares.map(({ name }) => name)).to.have.members([...new Set(there.map((fit) => fit.machine.name))]);
        for (const { name, cores, folds, seconds } of shares) {
          const own = there.filter((fit) => fit.machine.name === name);
          expect([folds, seconds]).to.deep.equal([own.length, sum(own.map((fit) => fit.seconds))]);
          expect(cores).to.equal(Math.max(...own.map((fit) => fit.machine.cores)));
        }
        const counts = shares.map(({ folds }) => folds);
        expect(counts).to.deep.equal([...counts].sort((a, b) => b - a));
      }),
      seeded(),
    );
  });

  it('does not depend on the order in which folds ended', () => {
    fc.assert(
      fc.property(fits, fc.nat(), (made, turn) => {
        const turned = made.map((_, i) => made[(i + turn) % made.length]);
        expect(machineShares(turned)).to.deep.equal(machineShares(made));
      }),
      seeded(),
    );
  });
});

describe('fitsOfParts', () => {
  it('knows of folds of earlier versions no more than their time', () => {
    const part = { trial: 0, part: 0, value: 1, error: null, finishedAt: 1 };
    const by = { name: 'node-7', cores: 8 };
    const parts = [
      { ...part, seconds: 2, info: { recipe: 'plain/0' } },
      { ...part, seconds: 3, info: { recipe: 'plain/0', machine: by } },
    ];
    expect(fitsOfParts(parts)).to.deep.equal([
      { seconds: 2, machine: undefined },
      { seconds: 3, machine: by },
    ]);
    expect(machineShares(fitsOfParts(parts))).to.deep.equal([{ ...by, folds: 1, seconds: 3 }]);
  });
});
