import { expect } from 'chai';

import { allRows, Rng } from '../../../src/core/index.js';
import type { Documents } from '../../../src/data/index.js';
import { fitVocabulary } from '../../../src/prepare/text/vocabulary.js';
import { seeded } from '../../support/seed.js';

const { seed: SEED } = seeded();

/** Each document a list of different terms. */
function documentsOf(lists: readonly (readonly number[])[]): Documents {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((terms, i) => (starts[i + 1] = starts[i] + terms.length));
  const terms = Int32Array.from(lists.flat());
  return { starts, terms, counts: new Uint8Array(terms.length).fill(1) };
}

/** Frequent terms 1 to 30, term i in every (i + 1)th text, and terms of one text and of two. */
function lists(n: number, rng: Rng): number[][] {
  const once = (): number => 1000 + rng.integer(2 ** 31 - 2000);
  const texts = Array.from({ length: n }, (_, i) => {
    const frequent = allRows(30).filter((t) => i % (t + 2) === 0);
    return [...Array.from(frequent, (t) => t + 1), once(), once(), once()];
  });
  for (let i = 1; i < n; i += 2) texts[i].push(texts[i - 1].at(-1)!);
  return texts.map((terms) => [...new Set(terms)]);
}

describe('the vocabulary of texts', () => {
  const n = 400;
  const codes = Int32Array.from({ length: n }, (_, i) => i);

  it('holds every term of two rows, the most frequent first', () => {
    const texts = lists(n, new Rng(SEED));
    const rowsOf = new Map<number, number>();
    for (const term of texts.flat()) rowsOf.set(term, (rowsOf.get(term) ?? 0) + 1);
    const wanted = [...rowsOf].filter(([, rows]) => rows > 1).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const { terms } = fitVocabulary(documentsOf(texts), codes, 1000);
    expect([...terms]).to.deep.equal(wanted.map(([term]) => term));
    expect([...fitVocabulary(documentsOf(texts), codes, 7).terms]).to.deep.equal([...terms.subarray(0, 7)]);
  });

  it('leaves out the rarest terms where there are more than may be counted, and never stops at none that is frequent', () => {
    const texts = lists(n, new Rng(SEED));
    const all = fitVocabulary(documentsOf(texts), codes, 1000).terms;
    for (const mostCounted of [1, 10, 100, 1000]) {
      const { terms } = fitVocabulary(documentsOf(texts), codes, 1000, mostCounted);
      expect(terms.length).to.be.at.most(mostCounted);
      expect([...terms]).to.deep.equal([...all.subarray(0, terms.length)]);
      if (mostCounted >= 100) expect(terms.length).to.be.above(15);
    }
  });

  it('takes terms of very many rows as they are, however many there are', () => {
    const texts = Array.from({ length: 20 }, () => Array.from({ length: 50 }, (_, t) => t + 1));
    const codesOfMany = Int32Array.from({ length: 40_000 }, (_, i) => i % 20);
    const { terms } = fitVocabulary(documentsOf(texts), codesOfMany, 5);
    expect([...terms]).to.deep.equal([1, 2, 3, 4, 5]);
  });
});
