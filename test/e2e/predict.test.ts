/** @file Predicting from a file: every row, in order, by the names of its columns, whatever else has changed. */

import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Workspace } from './support/lrnn.js';
import { expectDone, lrnn, makeWorkspace, summaryOf, words } from './support/lrnn.js';
import type { Row } from './support/tables.js';
import { csv, fruit, fruitCsv } from './support/tables.js';

const ROWS = fruit(90);

describe('lrnn predict', () => {
  let space: Workspace;
  let all: string[];
  before(async () => {
    space = makeWorkspace();
    space.file('fruit.csv', fruitCsv(90));
    const line =
      'fit fruit.csv --target grade --trials 5 --seed 2 --folds 3 --models lrnn,xgboost,linear,dummy,ensemble';
    const summary = summaryOf(await lrnn(words(`${line} --json`), here()));
    expect(summary.leaderboard).to.have.length(5);
    all = await predicted('fruit.csv');
  });
  after(() => space.remove());

  const here = (): { cwd: string } => ({ cwd: space.path });

  async function predicted(file: string): Promise<string[]> {
    const outcome = await lrnn(['predict', 'reports/fruit', file], here());
    expectDone(outcome);
    expect(outcome.stderr).to.equal('');
    return linesOf(outcome.stdout);
  }

  it('writes a class and the probability of each, for every row in order', () => {
    const [header, ...lines] = all;
    expect(header).to.equal('prediction,probability_sour,probability_sweet');
    expect(lines).to.have.length(90);
    let right = 0;
    lines.forEach((line, i) => {
      const [label, ...texts] = line.split(',');
      const [sour, sweet] = texts.map(Number);
      expect(sour + sweet).to.be.closeTo(1, 1e-5);
      expect(label).to.equal(sweet > sour ? 'sweet' : 'sour');
      right += Number(label === ROWS[i][3]);
    });
    expect(right).to.be.above(70);
  });

  it('gives unchanged rows the same numbers, columns shuffled, without the target, beside a row that is new in every way', async () => {
    const shuffled: Row[] = ROWS.map(([width, colour, weight]) => [weight, width, colour]);
    shuffled[7] = ['', '', 'purple'];
    const rows = space.file('shuffled.csv', csv('weight,width,colour', shuffled));
    const { code, stdout, stderr } = await lrnn(['predict', 'reports/fruit', rows], here());
    expect(code).to.equal(0);
    expect(stderr).to.equal('Note: Categories that training has not seen count as "other": colour (1 cell).\n');
    const lines = linesOf(stdout);
    expect(lines).to.have.length(91);
    expect(lines[8]).to.match(/^(sweet|sour),0?\.?\d.*,0?\.?\d/);
    expect(lines.filter((_, i) => i !== 8)).to.deep.equal(all.filter((_, i) => i !== 8));
  });

  it('gives a row alone the numbers that it has among others', async () => {
    space.file('row.csv', csv('width,colour,weight', [ROWS[11].slice(0, 3)]));
    const [, alone] = await predicted('row.csv');
    const numbers = (line: string): number[] => line.split(',').slice(1).map(Number);
    numbers(alone).forEach((value, j) => expect(value).to.be.closeTo(numbers(all[12])[j], 1e-6));
  });

  it('says which columns are missing, which are not known and which cells make no sense', async () => {
    const rows = space.file(
      'odd.csv',
      csv('width,colour,smell', [
        ['wide', 'red', 'good'],
        ['7.5', 'red', 'bad'],
      ]),
    );
    const { code, stdout, stderr } = await lrnn(['predict', 'reports/fruit', rows], here());
    expect(code).to.equal(0);
    expect(linesOf(stdout)).to.have.length(3);
    expect(stderr.trimEnd().split('\n')).to.deep.equal([
      'Note: Columns that are not in the file count as missing: weight.',
      'Note: Columns that the model does not know are not used: smell.',
      'Note: Cells that cannot be read as what their column holds count as missing: width (1 cell).',
    ]);
  });

  it('writes to a file with -o', async () => {
    const outcome = await lrnn(words('predict reports/fruit/model.safetensors fruit.csv -o out.csv'), here());
    expect(outcome).to.deep.equal({ code: 0, signal: null, stdout: 'Wrote 90 predictions to out.csv\n', stderr: '' });
    expect(linesOf(readFileSync(space.join('out.csv'), 'utf8'))).to.deep.equal(all);
  });

  it('reads other delimiters, byte order marks and line ends than training did', async () => {
    const text = csv(
      'width,colour,weight',
      ROWS.map((row) => row.slice(0, 3)),
    );
    space.file('excel.csv', `\ufeff${text.replaceAll(',', ';').replaceAll('\n', '\r\n')}`);
    expect(await predicted('excel.csv')).to.deep.equal(all);
  });

  it('passes more than a pipe holds, whole', async () => {
    const many = Array.from({ length: 400 }, () => ROWS).flat();
    space.file('many.csv', csv('width,colour,weight,grade', many));
    const lines = await predicted('many.csv');
    expect(lines).to.have.length(36_001);
    expect(lines.at(-1)!.split(',')[0]).to.equal(all.at(-1)!.split(',')[0]);
  });
});

function linesOf(text: string): string[] {
  expect(text.endsWith('\n')).to.equal(true);
  return text.slice(0, -1).split('\n');
}
