import { expect } from 'chai';
import fc from 'fast-check';

import type { TargetSchema } from '../../src/data/index.js';
import { positiveIndex, positiveOf, positiveSentence } from '../../src/data/index.js';
import { inspect } from '../../src/run/index.js';
import { seeded } from '../support/seed.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({
  a: i % 7,
  b: (i * i) % 11,
  y: i % 4 === 0 ? 'bad' : 'good',
  n: i % 2,
  z: i % 3,
}));

async function targetOf(target: string, positive?: string): Promise<TargetSchema> {
  const ignore = ['y', 'n', 'z'].filter((name) => name !== target);
  return (await inspect({ data: ROWS, target, ignore, positive })).schema.target;
}

async function refusal(target: string, positive: string): Promise<string> {
  return targetOf(target, positive).then(String, (error: Error) => error.message);
}

describe('the positive class', () => {
  it('is the rarer of the two, and of two that are as frequent the second', async () => {
    const { positive } = await targetOf('y');
    expect(positive).to.deep.equal({ name: 'bad', reason: 'the rarer of the two, in 10 of 40 rows' });
    expect(positiveSentence(positive!)).to.equal('The positive class is bad: the rarer of the two, in 10 of 40 rows.');
    expect((await targetOf('n')).positive).to.deep.equal({
      name: '1',
      reason: 'both have half of 40 rows, and it is the second',
    });
    expect((await targetOf('z')).positive).to.equal(undefined);
  });

  it('is the one that was said, and a number in any plain writing', async () => {
    expect((await targetOf('y', 'good')).positive).to.deep.equal({ name: 'good', reason: 'you said so' });
    expect((await targetOf('n', '0')).positive!.name).to.equal('0');
    expect((await targetOf('n', '0.0')).positive!.name).to.equal('0');
  });

  it('is found however its name is composed, and with blanks of any kind at its ends or inside', async () => {
    const rows = ROWS.map(({ a, b, y }) => ({ a, b, y: y === 'bad' ? 'caf\u00e9 noir' : 'other' }));
    for (const positive of ['cafe\u0301 noir', ' caf\u00e9 noir ', 'caf\u00e9\u00a0noir', '\ufeffcaf\u00e9 noir']) {
      const { schema } = await inspect({ data: rows, target: 'y', positive });
      expect(schema.target.positive).to.deep.equal({ name: 'caf\u00e9 noir', reason: 'you said so' });
    }
  });

  it('changes nothing of the order of the classes', async () => {
    for (const said of [undefined, 'good', 'bad']) {
      expect((await targetOf('y', said)).classes).to.deep.equal(['bad', 'good']);
    }
  });

  it('was the second where nobody could choose', () => {
    const target = { task: 'binary', classes: ['bad', 'good'] } as const;
    expect(positiveIndex(target)).to.equal(1);
    expect(positiveOf(target)!.name).to.equal('good');
    expect(positiveOf({ ...target, task: 'multiclass' })).to.equal(null);
  });

  it('counts a number that is written in several ways as one class', async () => {
    const writing = fc.constantFrom('1', '1.0', '+1');
    await fc.assert(
      fc.asyncProperty(
        fc.array(writing, { minLength: 3, maxLength: 9 }),
        fc.integer({ min: 3, max: 9 }),
        async (ones, zeros) => {
          const cells = [...ones, ...Array.from({ length: zeros }, () => '0')];
          const lines = cells.map((cell, i) => `${i % 3},${i % 2},${cell}`);
          const { schema } = await inspect({
            data: new TextEncoder().encode(`a,b,y\n${lines.join('\n')}\n`),
            target: 'y',
          });
          const { classes, positive } = schema.target;
          expect(classes[0]).to.equal('0');
          expect(positive!.name).to.equal(classes[zeros < ones.length ? 0 : 1]);
        },
      ),
      seeded(30),
    );
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
