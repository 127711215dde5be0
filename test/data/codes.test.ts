import { expect } from 'chai';

import { codeReason } from '../../src/data/codes.js';
import type { InferOptions } from '../../src/data/index.js';
import { encodeTarget, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

const LONG = ['1610521604143693812', '1610521604143693813', '9000000000000000001'];

const repeat = (texts: readonly string[], times = 10): string[] => Array.from({ length: times }, () => texts).flat();
const counted = (...texts: string[]) => new Map(texts.map((text) => [text, 5]));

async function target(texts: readonly string[], name = 'code', options: Partial<InferOptions> = {}) {
  const csv = await parseCsv(`"${name}",x\n${texts.map((text, i) => `"${text}",${(i * 7) % 11}.5`).join('\n')}\n`);
  const { schema, warnings } = inferSchema(csv, { target: name, ...options });
  return { ...schema.target, schema, warnings, csv };
}

async function feature(texts: readonly string[], name = 'code') {
  const csv = await parseCsv(
    `"${name}",x,y\n${texts.map((text, i) => `"${text}",${(i * 7) % 11}.5,${i % 5}.5`).join('\n')}\n`,
  );
  return inferSchema(csv, { target: 'y' }).schema.columns[0];
}

describe('codeReason', () => {
  it('knows codes by leading zeros, by more digits than a double holds, and by exponents among whole numbers', () => {
    expect(codeReason(counted('010', '020', '110'))).to.contain('leading zeros');
    expect(codeReason(counted('01', '1', '2'))).to.contain('leading zeros');
    expect(codeReason(counted(...LONG))).to.contain('beyond 2^53');
    expect(codeReason(counted('1E2', '7', '2E1'))).to.contain('1E2');
    expect(codeReason(counted('1e2', '100'))).to.contain('1E2');
  });

  it('leaves quantities alone: fractions, signs, round long numbers, instants, hours, a sentinel, exponents of small numbers', () => {
    for (const texts of [
      ['1', '2', '30'],
      ['0', '10', '200'],
      ['0.5', '0.25'],
      ['00.5', '01.5', '02.5'],
      ['-05', '-07'],
      ['1000000000000000000', '20000000000000000000', '5'],
      ['1', '2', '3', '9223372036854775807'],
      ['1e6', '1e5', '1e4'],
      ['1e-05', '1e-06'],
      ['1.0', '1e0'],
    ])
      expect(codeReason(counted(...texts)), texts.join()).to.equal(undefined);
    expect(codeReason(counted('08', '09', '10'), ['arrival', 'hour'])).to.equal(undefined);
    expect(codeReason(counted(...LONG), ['timestamp'])).to.equal(undefined);
  });
});

describe('a target of codes', () => {
  it('keeps classes apart that one double stands for', async () => {
    const long = await target(repeat(LONG));
    expect(long).to.deep.include({ task: 'multiclass', classes: LONG });
    expect([...encodeTarget(long.csv, long.schema).y].slice(0, 3)).to.deep.equal([0, 1, 2]);
    expect(await target(repeat(LONG.slice(0, 2)))).to.deep.include({ task: 'binary', classes: LONG.slice(0, 2) });
    expect((await target(repeat(['1', '01', '2']))).classes).to.deep.equal(['01', '1', '2']);
    expect((await target(repeat(['1E2', '2E1', '100']))).classes).to.deep.equal(['2E1', '100', '1E2']);
  });

  it('is of classes when its numbers have leading zeros, which a warning says, and is a quantity where the user says so', async () => {
    const codes = ['010', '020', '110', '210', '310'];
    const found = await target(repeat(codes), 'icd');
    expect(found).to.deep.include({ task: 'multiclass', classes: codes });
    expect(found.warnings).to.deep.equal([
      'target "icd": leading zeros in 20 cells: codes, not quantities; say regression if they are quantities',
    ]);
    expect((await target(repeat(codes), 'icd', { task: 'regression' })).task).to.equal('regression');
  });

  it('is a quantity when its codes are more than rows could teach', async () => {
    const many = Array.from({ length: 60 }, (_, i) => String(i * 3).padStart(4, '0'));
    expect((await target(many)).task).to.equal('regression');
  });
});

describe('a feature of codes', () => {
  it('is a category with every code a level', async () => {
    const zip = await feature(repeat(['07030', '00501', '90210']), 'zip');
    expect(zip).to.deep.include({ kind: 'categorical', levels: ['00501', '07030', '90210'] });
    expect(zip.reason).to.match(/^leading zeros/);
    expect(await feature(repeat(LONG))).to.deep.include({ kind: 'categorical', levels: LONG });
  });

  it('is an identifier when no two are equal', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => String(1610521604143693800n + BigInt(i)));
    expect((await feature(ids)).kind).to.equal('id');
  });

  it('is counted by its texts where there are very many', async () => {
    const ids = Array.from({ length: 60_000 }, (_, i) => String(1610521604143600000n + BigInt(i)));
    expect(await feature(ids)).to.deep.include({ kind: 'id', distinctCount: 60_000 });
  });
});

describe('a target of few whole numbers', () => {
  it('is of classes with gaps when the last speaking word of its name says class, with a warning', async () => {
    const glass = repeat(['1', '2', '3', '5', '6', '7']);
    for (const name of ['class', 'Type of glass', 'type', 'label', 'size_class']) {
      const { task, warnings } = await target(glass, name);
      expect([name, task]).to.deep.equal([name, 'multiclass']);
      expect(warnings[0]).to.contain('say regression if they are quantities');
    }
    expect((await target(glass, 'class size')).task).to.equal('regression');
  });

  it('is named when nothing tells whether it is a quantity', async () => {
    const { task, warnings } = await target(repeat(['1', '2', '3', '5', '6', '7']), 'y');
    expect(task).to.equal('regression');
    expect(warnings).to.deep.equal([
      'target "y": 6 whole numbers from 1 to 7 are taken for a quantity; say multiclass if they are codes of classes',
    ]);
    expect((await target(repeat(['1', '2', '4'], 2), 'y')).warnings).to.deep.equal([]);
    expect((await target(repeat(['3', '4', '5', '6', '7', '8']), 'quality')).warnings).to.deep.equal([]);
  });
});

describe('nearly equal classes', () => {
  it('are named when they differ in case, in spaces, or in a sign at the end', async () => {
    const answers = await target(repeat(['No', 'no', 'NO', 'Yes', 'maybe']), 'churn');
    expect(answers.classes).to.have.length(5);
    expect(answers.warnings).to.deep.equal([
      'classes "NO", "No", "no" of "churn" differ in case or punctuation only; make them one if they mean the same',
    ]);
    const incomes = await target(repeat(['<=50K', '<=50K.', '>50K', '>50K.']), 'income');
    expect(incomes.warnings[0]).to.contain('"<=50K", "<=50K." and ">50K", ">50K."');
    expect(await target(repeat(['a b', 'a_b', 'a-b', 'c'])))
      .to.have.nested.property('warnings[0]')
      .that.contains('differ');
  });

  it('are not those that a sign tells apart', async () => {
    expect((await target(repeat(['A', 'A+', 'A-', '<5', '>5', '5']))).warnings).to.deep.equal([]);
  });
});
