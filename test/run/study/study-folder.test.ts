import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { fit } from '../../../src/run/index.js';
import { numberedFolder } from '../../../src/run/study/study-folder.js';

describe('numberedFolder', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-numbers-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('counts on until a folder holds no study, and goes on with the last one', async () => {
    const data = join(folder, 'rows.csv');
    writeFileSync(data, `a,y\n${Array.from({ length: 30 }, (_, i) => `${i % 7},${i}`).join('\n')}\n`);
    const out = join(folder, 'rows');
    expect([numberedFolder(out, false), numberedFolder(out, true)]).to.deep.equal([out, out]);
    for (const wanted of [out, `${out}-2`]) {
      expect(numberedFolder(out, false)).to.equal(wanted);
      await fit({ data, target: 'y', models: ['dummy'], trials: 1, folds: 2, workers: 1, out: wanted });
      expect(numberedFolder(out, true)).to.equal(wanted);
    }
    expect(numberedFolder(out, false)).to.equal(`${out}-3`);
  });
});
