/** @file Words of a text column, and words that mean true and false. */

export const TRUE_WORDS: readonly string[] = ['true', 't', 'yes', 'y', '1', '1.0', 'on'];
export const FALSE_WORDS: readonly string[] = ['false', 'f', 'no', 'n', '0', '0.0', 'off'];

/** Words of a text in lower case: runs of letters and digits in any script. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** 1,234 as people read it. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** At most so many of the texts, spread evenly over their order; all of them where they are not more. */
export function spread(counts: ReadonlyMap<string, number>, limit: number): ReadonlyMap<string, number> {
  if (counts.size <= limit) return counts;
  const step = counts.size / limit;
  const some = new Map<string, number>();
  let place = 0;
  for (const [text, count] of counts) if (place++ >= some.size * step) some.set(text, count);
  return some;
}

/** Most words that a text column is searched for. */
const MAX_WORDS = 16;
/** A word must stand in this many cells to be worth a feature. */
const MIN_CELLS = 10;
const MIN_SHARE = 0.02;
const MAX_SHARE = 0.9;
/** Nobody says longer ones; a model would carry them whole. */
const LONGEST_WORD = 100;

/**
 * The words whose presence becomes a feature: in at least 10 cells and 2 % of them, in at most 90 %; the most frequent
 * first, ties by text order. Looks at no target.
 */
export function frequentWords(counts: ReadonlyMap<string, number>): string[] {
  const cells = new Map<string, number>();
  let total = 0;
  for (const [text, count] of counts) {
    total += count;
    for (const word of new Set(wordsOf(text))) cells.set(word, (cells.get(word) ?? 0) + count);
  }
  return [...cells]
    .filter(
      ([word, count]) =>
        word.length > 1 &&
        word.length <= LONGEST_WORD &&
        count >= Math.max(MIN_CELLS, total * MIN_SHARE) &&
        count <= total * MAX_SHARE,
    )
    .sort(byCountThenText)
    .slice(0, MAX_WORDS)
    .map(([word]) => word);
}

/** Most frequent first; ties in text order (by code unit, the same on every machine). */
export function byCountThenText(a: readonly [string, number], b: readonly [string, number]): number {
  return b[1] - a[1] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
}
