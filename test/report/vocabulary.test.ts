/** @file A column of truth values has the two words of the file, on every page and in every form. */

import { expect } from 'chai';

import { encodeFrame, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import type { ExplainSample } from '../../src/explain/index.js';
import { cellText, featuresOf, partialDependence, relationOf } from '../../src/explain/index.js';
import { dataPage, tryFields } from '../../src/report/pages/view-model.js';
import { makeDataReport } from '../support/explanations.js';
import { makeStudy } from '../support/studies.js';

const PAIRS = [
  ['No', 'Yes'],
  ['0', '1'],
  ['off', 'ON'],
  ['FALSE', 'TRUE'],
  ['f', 'm'],
] as const;

describe('the words of truth values', () => {
  for (const [no, yes] of PAIRS) {
    it(`are those of the file everywhere: ${no} and ${yes}`, async () => {
      const lines = Array.from({ length: 40 }, (_, i) => `${i % 3 === 0 ? yes : no},${i}`);
      const csv = await parseCsv(`c,y\n${lines.join('\n')}\n`);
      const { schema } = inferSchema(csv, { target: 'y', types: { c: 'boolean' } });
      const { frame } = encodeFrame(csv, schema);
      const [column] = frame.columns;
      const [feature] = featuresOf(frame, schema);
      const expected = [no, yes].sort();

      const cells = Array.from({ length: 40 }, (_, row) => cellText(column, row, schema.columns[0]));
      expect([...new Set(cells)].sort()).to.deep.equal(expected);

      const predict = async () => ({ rows: 80, cols: 1, data: new Float32Array(80) });
      const rows = Array.from({ length: 40 }, (_, row) => row);
      const swept = (await partialDependence({ frame, feature, predict, rows, iceOutput: 0 }))!;
      expect([...swept.labels].sort()).to.deep.equal(expected);

      const y = Float32Array.from({ length: 40 }, (_, i) => i);
      const sample: ExplainSample = { frame, y, rows: Uint32Array.from(rows), folds: new Int32Array(40) };
      const [field] = tryFields(schema, sample, null);
      expect([...field.options].sort()).to.deep.equal(expected);
      expect(field.value).to.equal(no);

      const study = { ...makeStudy(), schema };
      const report = makeDataReport(makeStudy());
      const relation = relationOf(column, { y, k: 1 });
      const own = { ...report.columns[0], name: 'c', kind: 'boolean' as const, relation };
      const page = dataPage(study, { ...report, columns: [own] }, 'study');
      expect(page.columns.find(({ name }) => name === 'c')!.reason).to.satisfy(
        (reason: string) => reason.includes('you said') || expected.every((word) => reason.includes(`"${word}"`)),
      );
      expect(page.figures).to.have.length(1);
      for (const { table } of page.figures) expect(table!.rows.map(([word]) => word).sort()).to.deep.equal(expected);
    });
  }
});
