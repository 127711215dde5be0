import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { predictFile } from '../../../src/run/index.js';

const MODEL = resolve(import.meta.dirname, '../../export/fixtures/model-v2-binary.safetensors');

describe('predictFile, strict', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-strict-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('refuses rows that it otherwise coerces and counts', async () => {
    const csv = join(folder, 'rows.csv');
    writeFileSync(csv, 'age,city\n41,Rome\n');
    const { summary } = await predictFile(MODEL, csv, null);
    expect(summary.missingColumns).to.include('note').and.to.have.length(7);
    const refusal = await predictFile(MODEL, csv, null, { strict: true }).catch((error: unknown) => error as Error);
    expect(refusal).to.be.an('error').with.property('message');
    expect((refusal as Error).message).to.match(
      /^missing-columns: strict rows must not lack a column of the model, got "größe, cm, price, /,
    );
  });
});
