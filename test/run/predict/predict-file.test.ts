/** @file Predicting a file in blocks: the numbers of one block, whole outputs or none, counts over the whole file. */

import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { loadModel, predictFile } from '../../../src/run/index.js';

const MODEL = resolve(import.meta.dirname, '../../export/fixtures/model-v2-ranges-binary.safetensors');
/** More than two chunks of the file, and so more than two blocks. */
const ROWS = 50_000;

/** Ages run from 18 to 77 in the table of the model. */
const row = (i: number): [age: number | string, city: string] => [
  i === 5 || i === ROWS - 1 ? 500 : 20 + (i % 50),
  i === 9 || i === ROWS - 2 ? 'Atlantis' : ['Rome', 'Oslo'][i % 2],
];
const HEADER = 'age,City,zip\n';
const TEXT = HEADER + Array.from({ length: ROWS }, (_, i) => `${row(i).join(',')},Z3\n`).join('');

describe('predictFile', () => {
  let folder: string;
  let csv: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-predict-'));
    csv = join(folder, 'rows.csv');
    writeFileSync(csv, TEXT.replace('City', 'city'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('predicts each row of many blocks as it is predicted alone, and counts over all of them', async () => {
    const { rows, summary, csv: text } = await predictFile(MODEL, csv, null);
    expect(rows).to.equal(ROWS);
    expect({ ...summary.outOfRange }).to.deep.equal({ age: 2 });
    expect({ ...summary.unseenCategories }).to.deep.equal({ city: 2 });
    const lines = text!.trimEnd().split('\n');
    expect(lines).to.have.length(ROWS + 1);
    expect(lines.filter((line) => line.startsWith('prediction'))).to.have.length(1);
    const model = await loadModel(MODEL);
    for (const i of [0, 8191, 8192, 25_000, ROWS - 1]) {
      const [age, city] = row(i);
      const [{ prediction, probabilities }] = await model.predict([{ age, city, zip: 'Z3' }]);
      const [name, ...numbers] = lines[i + 1].split(',');
      expect(name).to.equal(prediction);
      Object.values(probabilities!).forEach((value, j) => expect(Number(numbers[j])).to.be.closeTo(value, 1e-6));
    }
    model.dispose();
  });

  it('gives the same bytes to a file, to a link, to whoever takes them, and from a pipe', async () => {
    const { csv: text } = await predictFile(MODEL, csv, null);
    const [out, target, link] = ['out.csv', 'target.csv', 'link.csv'].map((name) => join(folder, name));
    await predictFile(MODEL, csv, out);
    expect(readFileSync(out, 'utf8')).to.equal(text);
    writeFileSync(target, 'old');
    symlinkSync(target, link);
    await predictFile(MODEL, csv, link);
    expect(readFileSync(target, 'utf8')).to.equal(text);
    let taken = '';
    expect((await predictFile(MODEL, csv, (piece) => (taken += piece))).csv).to.equal(null);
    expect(taken).to.equal(text);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', csv, pipe]);
    expect((await predictFile(MODEL, pipe, null)).csv).to.equal(text);
    writer.kill();
  });

  it('writes nothing where the last row is wrong, and leaves nothing behind', async () => {
    const [broken, out] = [join(folder, 'broken.csv'), join(folder, 'kept.csv')];
    writeFileSync(broken, `${TEXT.replace('City', 'city')}1\n`);
    writeFileSync(out, 'kept');
    const before = readdirSync(folder);
    const error = (await predictFile(MODEL, broken, out).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).to.match(/^csv: row 50001 must have 3 fields/);
    expect(readFileSync(out, 'utf8')).to.equal('kept');
    expect(readdirSync(folder)).to.deep.equal(before);
    mkdirSync(join(folder, 'sub'));
    const refused = (await predictFile(MODEL, csv, join(folder, 'sub')).catch((thrown: unknown) => thrown)) as Error;
    expect(refused.message).to.match(/^predict: output must be writable, got .*It is a folder\.$/);
    const nowhere = join(folder, 'no', 'out.csv');
    expect(((await predictFile(MODEL, csv, nowhere).catch((thrown: unknown) => thrown)) as Error).message).to.match(
      /^predict: output must be writable/,
    );
    expect(existsSync(nowhere)).to.equal(false);
  });

  it('when strict counts to the end before it refuses, asks after renamed columns, and lets numbers be far', async () => {
    const strict = async (text: string): Promise<string> => {
      const path = join(folder, 'strict.csv');
      writeFileSync(path, text);
      let taken = '';
      const outcome = predictFile(MODEL, path, (piece) => (taken += piece), { strict: true });
      const message = await outcome.then(
        ({ rows }) => `${rows} rows`,
        (error: unknown) => (error as Error).message,
      );
      expect(taken === '').to.equal(!message.endsWith('rows'));
      return message;
    };
    expect(await strict(TEXT)).to.match(/^missing-columns: .* Is "City" a new name of "city"\?$/);
    const complete = ['age', 'größe, cm', 'price', 'year ms', 'member', 'city', 'zip', 'joined', 'note'];
    const header = complete.map((name) => `"${name}"`).join(',');
    const line = (city: string, age = 30): string =>
      `${age},"1,5","1,000",1600000001234,yes,${city},Z1,2020-05-17 10:00,red`;
    const many = (city: string): string =>
      Array.from({ length: 9000 }, () => line('Rome'))
        .join('\n')
        .concat('\n', line(city));
    expect(await strict(`${header}\n${line('Atlantis')}\n${many('Atlantis')}\n`)).to.match(
      /^unseen-categories: .*got "city \(2\)"/,
    );
    expect(await strict(`${header}\n${line('Rome', 1e9)}\n`)).to.equal('1 rows');
  });
});
