import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import { gatherEvidence } from '../../src/data/evidence.js';
import { decideKind } from '../../src/data/kinds.js';
import { missingTest } from '../../src/data/missing.js';
import { TextColumnBuilder } from '../../src/data/text-column.js';
import { StringColumnBuilder } from './support/string-column.js';

const ROWS = 62_000;

/** Cells of columns of so many distinct texts that not all of them are counted. */
const columns: Readonly<Record<string, (rng: Rng, row: number) => string>> = {
  'numbers of six places': (rng) => (rng.uniform() * 100 - 50).toFixed(6),
  'whole numbers': (rng) => String(rng.integer(10 ** 9) - 5 * 10 ** 8),
  'whole numbers of a narrow range': (rng) => String(rng.integer(10 ** 6) - 3 * 10 ** 5),
  'numbers of mixed places in a narrow range': (rng) => (rng.uniform() * 1e4 - 20).toFixed(rng.integer(3)),
  'numbers of a range that is too wide for a bit each': (rng, row) =>
    String(row === 0 ? 129 * ROWS : rng.integer(10 ** 6)),
  'numbers of mixed places': (rng) => (rng.uniform() * 1e6).toFixed(rng.integer(5)),
  'numbers of fifteen digits': (rng) => String(10 ** 14 + rng.integer(10 ** 9) * 9e5),
  'numbers of fifteen digits and one of many places': (rng, row) =>
    row === 60_000 ? '0.00000001' : String(10 ** 14 + rng.integer(10 ** 9)),
  'numbers of seventeen digits': (rng) => String(rng.uniform()),
  'numbers with gaps': (rng) => (rng.integer(20) === 0 ? '' : rng.uniform().toFixed(8)),
  'numbers with words, some only at the end': (rng, row) =>
    row % 2000 === 7 ? (row > 60_000 ? 'late' : 'early') : rng.uniform().toFixed(8),
  'numbers with many words': (rng) => (rng.integer(20) === 0 ? 'unknown' : rng.uniform().toFixed(8)),
  'numbers written in other ways, too': (rng, row) =>
    row % 500 === 3
      ? `${rng.integer(9)}e3`
      : row % 700 === 3
        ? `+${rng.integer(9)}.50`
        : (rng.uniform() * 1e4).toFixed(4),
  'codes with zeros in front': (rng) => String(rng.integer(10 ** 7)).padStart(7, '0'),
  names: (_, row) => `id-${row}`,
  counters: (_, row) => String(row),
};

describe('gatherEvidence', () => {
  for (const [title, cellOf] of Object.entries(columns)) {
    it(`sees in typed cells what it sees in strings: ${title}`, () => {
      const rng = new Rng(5);
      const cells = Array.from({ length: ROWS }, (_, row) => cellOf(rng, row));
      const isMissing = missingTest(['']);
      const rule = (text: string): string | null => (isMissing(text) ? null : text);
      const [typed, strings] = [new TextColumnBuilder(), new StringColumnBuilder()].map((builder) => {
        for (const cell of cells) builder.add(cell);
        return builder.finish('utf-8', rule);
      });
      for (const rows of [cells.map((_, row) => row), cells.map((_, row) => row).slice(1000)]) {
        const [found, wanted] = [gatherEvidence(typed, rows), gatherEvidence(strings, rows)];
        expect(JSON.stringify([...found.counts]) === JSON.stringify([...wanted.counts]), 'counts').to.equal(true);
        expect({ ...found, counts: 0 }).to.deep.equal({ ...wanted, counts: 0 });
        if (rows.length < ROWS) continue;
        const context = { name: title, delimiter: ',' };
        expect(decideKind(found, context)).to.deep.equal(decideKind(wanted, context));
      }
    });
  }
});
