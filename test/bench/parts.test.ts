import { expect } from 'chai';

import { growth } from '../../bench/growth.js';
import { kernels } from '../../bench/kernels.js';
import { matrix } from '../../bench/matrix.js';
import { NETWORKS, training } from '../../bench/networks.js';
import { selectParts } from '../../bench/select.js';
import { steps } from '../../bench/steps.js';
import { fitJob, madeUpStudy } from '../../bench/study.js';
import { table } from '../../bench/table.js';
import { runFold } from '../../src/automl/index.js';
import { wasmEngine } from '../../src/engine/index.js';

const HASTE = { warmMs: 0, blockMs: 0, rounds: 1 };

async function linesOf(part: typeof steps): Promise<string[]> {
  const lines: string[] = [];
  await part.run((more) => lines.push(...more), HASTE);
  return lines;
}

describe('bench tables', () => {
  it('align the first column to the left and numbers to the right', () => {
    expect(table(['what', 'n'], [['a', 1234567], ['longer', 0.01234], ['c', 5.678], ['d', 123.4]])).to.deep.equal([
      'what            n',
      '------  ---------',
      'a       1,234,567',
      'longer     0.0123',
      'c            5.68',
      'd             123',
    ]); // prettier-ignore
  });

  it('show what could not be measured as a dash', () => {
    expect(table(['a', 'b'], [['x', Number.NaN]])[2]).to.equal('x  -');
  });
});

describe('bench parts', () => {
  const parts = [
    { name: 'one', question: 'How?' },
    { name: 'two', question: 'Why?' },
  ];

  it('are all run unless some are named', () => {
    expect(selectParts(parts, undefined)).to.equal(parts);
    expect(selectParts(parts, 'two, one')).to.deep.equal(parts);
    expect(selectParts(parts, 'two')).to.deep.equal([parts[1]]);
  });

  it('are listed when an unknown one is named', () => {
    expect(selectParts(parts, 'two,three')).to.equal(
      'bench: every part must be one of those below, got "three".\n  one      How?\n  two      Why?',
    );
  });

  it('time the steps of every network', async () => {
    const lines = await linesOf(steps);
    expect(lines).to.have.length(2 + NETWORKS.length);
    for (const line of lines.slice(2)) expect(line).to.match(/ [\d,]+( +\d[\d.,]*){3}$/);
  });

  it('time every matrix product', async () => {
    const lines = await linesOf(matrix);
    expect(lines).to.have.length(2 + 18);
    for (const line of lines.slice(2)) expect(line).to.match(/( +\d[\d.]*){3}$/);
  });

  it('clock every kernel of a step, forward and backward apart', async () => {
    const text = (await linesOf(kernels)).join('\n');
    for (const label of ['forward: productForward', 'backward: productBackward', 'update: adamw', 'all of loss']) {
      expect(text).to.contain(label);
    }
    expect(text.match(/^all of the step/gm)).to.have.length(NETWORKS.length);
  });

  it('fit a slope to every size that grows', async () => {
    const lines = await linesOf(growth);
    expect(lines.filter((line) => /^slope -?\d+\.\d\d, of the larger half/.test(line))).to.have.length(5);
  }).timeout(20_000);

  it('train networks that learn', async () => {
    const { program, train } = training(NETWORKS[0][1], 'simd');
    await train(1);
    const first = await program.readLoss();
    await train(50);
    await program.readLoss();
    await train(1);
    expect(await program.readLoss()).to.be.below(0.9 * first);
  });

  it('make a table that can be learned from', async () => {
    const outcome = await runFold(madeUpStudy(500, 3), fitJob(1, { epochs: 30, rank: 16 }), null, wasmEngine);
    expect(outcome.ok && outcome.score).to.be.within(0.001, 0.2);
  });
});
