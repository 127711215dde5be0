/** @file Levels in an order are ranks in every way to a prediction, and what is no level of it is missing. */

import { expect } from 'chai';

import { restoreRecipe } from '../../src/prepare/index.js';
import type { MemberRecipe } from '../support/fitted.js';
import { fittedParts } from '../support/fitted.js';
import type { Ways } from '../support/ways.js';
import { agreed, waysOf } from '../support/ways.js';

const GRADES = ['poor', 'fair', 'good', 'Good', 'excellent'];
const SPANS = ['<10', '10-20', '20–50', '>50', 'unknown'];

/** The number rises with both; every ninth cell is empty. */
function table(target: (grade: number, span: number) => string): string {
  const lines = Array.from({ length: 240 }, (_, i) => {
    const [grade, span] = [(i * 7) % 5, (i * 3 + Math.floor(i / 5)) % 5];
    const cells = [i % 9 === 4 ? '' : GRADES[grade], i % 9 === 7 ? '' : SPANS[span], `${(i * 13) % 29}.5`];
    return `${cells.join(',')},${target(grade, span)}`;
  });
  return `grade,span,x,y\n${lines.join('\n')}\n`;
}

const ROWS = [
  ...GRADES.flatMap((grade) => SPANS.map((span) => ({ grade, span, x: 3 }))),
  { grade: null, span: '', x: 3 },
  { grade: 'superb', span: '>99', x: 3 },
  { grade: 7, span: true, x: 3 },
  { x: 3 },
  { grade: ' fair ', span: '10-20', x: 3 },
];

const MEMBERS: readonly MemberRecipe[] = [
  { family: 'linear' },
  { family: 'mlp' },
  { family: 'lrnn' },
  { family: 'gbdt' },
  { family: 'gbdt', params: { categories: 'native' } },
  { family: 'extratrees' },
  { family: 'knn' },
];

describe('levels in an order in every way to a prediction', () => {
  const open: Ways[] = [];
  after(() => Promise.all(open.map((ways) => ways.close())));

  const tables = {
    numbers: table((grade, span) => `${5 * grade + 2 * span}.25`),
    'two classes': table((grade, span) => (grade + span > 4 ? 'yes' : 'no')),
    'three classes': table((grade, span) => ['a', 'b', 'c'][Math.floor((grade + span) / 3)]),
  };
  for (const [name, csv] of Object.entries(tables)) {
    it(`give the same ${name} natively, in JavaScript and in ONNX, also for levels that nobody knows`, async () => {
      const parts = await fittedParts({ csv, target: 'y', members: MEMBERS });
      const kinds = parts.schema.columns.map(({ kind }) => kind);
      expect(kinds).to.deep.equal(['ordinal', 'ordinal', 'numeric', 'ignored']);
      const ways = await waysOf(parts);
      open.push(ways);
      const k = name === 'numbers' ? 1 : name === 'two classes' ? 2 : 3;
      const numbers = await agreed(ways, ROWS);
      const of = (row: number) => numbers.slice(row * k, row * k + k);
      for (const unknown of [26, 27, 28]) expect(of(unknown)).to.deep.equal(of(25));
      expect(of(29)).to.deep.equal(of(GRADES.indexOf('fair') * SPANS.length + 1));
      // Two spellings of one rank.
      for (let s = 0; s < 5; s++) expect(of(10 + s)).to.deep.equal(of(15 + s));
    });
  }

  it('are ranks to trees, NaN where missing, and nothing beside', async () => {
    const parts = await fittedParts({ csv: tables.numbers, target: 'y', members: [{ family: 'gbdt' }] });
    const recipe = restoreRecipe(Object.values(parts.recipes)[0]);
    expect(recipe.names).to.deep.equal(['grade', 'span', 'x']);
    const { levels = [], ranks = [] } = parts.schema.columns[0];
    const codes = Int32Array.of(0, 1, 2, 3, 4, -1);
    const span = { kind: 'categorical', name: 'span', codes: new Int32Array(6), levels: ['<10'], ranks: [0] } as const;
    const x = { kind: 'numeric', name: 'x', values: new Float64Array(6) } as const;
    const { data } = recipe.transform({
      rowCount: 6,
      columns: [{ kind: 'categorical', name: 'grade', codes, levels, ranks }, span, x],
    });
    expect(Array.from({ length: 6 }, (_, i) => data[3 * i])).to.deep.equal([0, 1, 2, 2, 3, NaN]);
  });
});
