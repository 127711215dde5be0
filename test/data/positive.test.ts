import { expect } from 'chai';

import { inspect } from '../../src/run/index.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({
  a: i % 7,
  b: (i * i) % 11,
  y: i % 4 === 0 ? 'bad' : 'good',
  n: i % 2,
  z: i % 3,
}));

async function classesOf(target: string, positive?: string): Promise<readonly string[]> {
  const ignore = ['y', 'n', 'z'].filter((name) => name !== target);
  return (await inspect({ data: ROWS, target, ignore, positive })).schema.target.classes;
}

async function refusal(target: string, positive: string): Promise<string> {
  return classesOf(target, positive).then(String, (error: Error) => error.message);
}

describe('the positive class', () => {
  it('is the second of the two, and where nobody says, by their order', async () => {
    expect(await classesOf('y')).to.deep.equal(['bad', 'good']);
    expect(await classesOf('y', 'good')).to.deep.equal(['bad', 'good']);
    expect(await classesOf('y', 'bad')).to.deep.equal(['good', 'bad']);
  });

  it('may be a number in any plain writing', async () => {
    expect(await classesOf('n', '0')).to.deep.equal(['1', '0']);
    expect(await classesOf('n', '0.0')).to.deep.equal(['1', '0']);
  });

  it('must be one that the target has, of a target of two', async () => {
    expect(await refusal('y', 'god')).to.equal(
      'positive: must be a class of "y", which has "bad" and "good", got "god".',
    );
    expect(await refusal('z', '1')).to.match(/^positive: needs a target of two classes, got "3 classes"/);
    expect(await refusal('b', '1')).to.match(/^positive: needs a target of two classes/);
    expect(await refusal('y', '')).to.match(/^positive: must be a class of the target/);
  });
});
