/** @file Models that leave the house by the command line: exported in every format, verified, and refused when damaged. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import type { Workspace } from './support/lrnn.js';
import { expectDone, lrnn, makeWorkspace, words } from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

describe('lrnn export and verify', () => {
  let space: Workspace;
  const run = (line: string) => lrnn(words(line), { cwd: space.path });

  before(async () => {
    space = makeWorkspace();
    space.file('fruit.csv', fruitCsv(90));
    const models = '--models xgboost,linear,dummy,ensemble';
    expectDone(await run(`fit fruit.csv --target grade --trials 4 --seed 2 --folds 3 ${models} --quiet`));
  });
  after(() => space.remove());

  for (const [format, file] of [
    ['safetensors', 'ensemble.safetensors'],
    ['onnx', 'ensemble.onnx'],
    ['js', 'ensemble.mjs'],
  ]) {
    it(`writes ${format} that passes its own test, and fails it once a byte has changed`, async () => {
      const exported = await run(`export reports/fruit --format ${format} --model ensemble`);
      expectDone(exported);
      expect(exported.stdout).to.equal(`Wrote ${join('reports/fruit', file)}\n`);
      const verified = await run(`verify reports/fruit/${file}`);
      expectDone(verified);
      expect(verified.stdout).to.match(
        / is whole, and predicts its 16 test rows (to the bit|within [\d.e-]+) \(.+\)\n$/,
      );
      const bytes = readFileSync(join(space.path, 'reports/fruit', file));
      bytes[Math.floor(bytes.length / 2)] ^= 1;
      writeFileSync(join(space.path, file), bytes);
      const refused = await run(`verify ${file}`);
      expect(refused.code).to.equal(3);
      expect(refused.stderr).to.match(/^model: checksum must be [0-9a-f]{12}, got .* copy or export it again\.\n$/);
    });
  }

  it('predicts in JavaScript what lrnn predict writes', async () => {
    expectDone(await run('export reports/fruit --format js -o model.mjs'));
    const module = (await import(pathToFileURL(join(space.path, 'model.mjs')).href)) as {
      predict: (rows: readonly object[]) => { prediction: string }[];
    };
    const [header, ...lines] = readFileSync(join(space.path, 'fruit.csv'), 'utf8').trim().split('\n');
    const names = header.split(',');
    const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, j) => [names[j], cell])));
    const predicted = await run('predict reports/fruit fruit.csv');
    const expected = predicted.stdout.trim().split('\n').slice(1);
    expect(module.predict(rows).map(({ prediction }) => prediction)).to.deep.equal(
      expected.map((line) => line.split(',')[0]),
    );
  });
});
