/** @file Columns of a table may have the names that texts and dates give to what they become. */

import { expect } from 'chai';
import fc from 'fast-check';

import { encodeRows } from '../../src/data/index.js';
import { featuresOf } from '../../src/explain/index.js';
import { fittedParts } from '../support/fitted.js';
import { expectParity, troubledRows } from './support/parity.js';

const DERIVED = ['note: text', 'note: length', 'note: words', 'note: text_', 'when: day', 'note: digits share'];

/** A text, a date and numbers under names that these two give to what they become. */
function table(names: readonly string[], isFirst: boolean, shift: number): string {
  const own = ['note', 'when'];
  const order = isFirst ? [...names, ...own] : [...own, ...names];
  const lines = Array.from({ length: 120 }, (_, i) => {
    const words = Array.from({ length: 5 }, (_unused, j) => `wo${'abcdefghij'[(i * (j + 3) + shift + j * j) % 10]}x`);
    const day = `2024-0${(i % 8) + 1}-${String((i % 27) + 1).padStart(2, '0')}`;
    const cells: Record<string, string> = { note: `${words.join(' ')} and ${i % 50}`, when: day };
    names.forEach((name, j) => (cells[name] = String(((i + shift) * (j + 7) * 13) % 101)));
    const y = ((i + shift) * 7 * 13) % 101;
    return [...order.map((name) => cells[name]), y + (words.includes('woax') ? 50 : 0) + (i % 3)].join(',');
  });
  return `${order.join(',')},y\n${lines.join('\n')}\n`;
}

describe('columns with names of what others become', () => {
  it('are told from these in every artefact and explanation', async () => {
    const cases = fc.record({
      names: fc.subarray(DERIVED, { minLength: 1 }),
      isFirst: fc.boolean(),
      shift: fc.integer({ min: 0, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ names, isFirst, shift }) => {
        const csv = table(names, isFirst, shift);
        const parts = await fittedParts({ csv, target: 'y', members: [{ family: 'gbdt' }, { family: 'linear' }] });
        const { frame } = encodeRows([], parts.schema);
        const all = frame.columns.map(({ name }) => name);
        expect(new Set(all).size).to.equal(all.length);
        expect(featuresOf(frame, parts.schema).flatMap((feature) => feature.parts)).to.deep.equal(all);
        await expectParity(parts, await troubledRows(csv, 12, shift));
      }),
      { numRuns: 3 },
    );
  });
});
