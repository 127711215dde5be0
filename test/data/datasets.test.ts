import { readFile } from 'node:fs/promises';

import { expect } from 'chai';

import { inferSchema } from '../../src/data/index.js';
import { readCsv } from '../../src/data/node.js';

interface Row {
  file: string;
  rows: number;
  columns: number;
  target: string;
  task: string;
  missing: number;
}

describe('datasets', () => {
  let readme: string;
  before(async () => (readme = await readFile('datasets/README.md', 'utf8')));

  for (const file of ['car-prices.csv', 'credit.csv', 'penguins.csv']) {
    it(`${file} is what its README says`, async () => {
      const stated = rowsOf(readme).find((row) => row.file === file)!;
      const csv = await readCsv(`datasets/${file}`);
      const { schema, warnings } = inferSchema(csv, { target: stated.target });
      const missing = schema.columns.reduce((sum, column) => sum + column.missingCount, 0);
      const found = { file, rows: csv.rowCount, columns: csv.names.length, target: stated.target };
      expect({ ...found, task: schema.target.task, missing }).to.deep.equal(stated);
      expect(readme).to.contain(`| \`${file}\` | \`${csv.sha256}\` |`);
      expect(csv.bytes).to.be.below(300_000);
      expect(warnings).to.deep.equal([]);
    });
  }
});

function rowsOf(readme: string): Row[] {
  const rows = readme.matchAll(/^\| `(.+?)` *\| (\d+) x (\d+) *\| `(.+?)` *\| (\w+) *\| (\d+) *\|$/gm);
  return [...rows].map(([, file, n, d, target, task, missing]) => {
    return { file, rows: Number(n), columns: Number(d), target, task, missing: Number(missing) };
  });
}
