/** @file Guesses the delimiter from the first rows, with quotes respected. */

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Rows that are looked at; a stray quote further down must not matter. */
const MAX_ROWS = 200;

/** What databases and old programs write; only rows that all agree speak for one of these. */
const RARE_DELIMITERS = ['^', '~', '\x01'] as const;
/** Rows that must agree with each other where they do not agree with the first one: a title may stand above the names. */
const CLEAR_SHARE = 0.8;
const FEWEST_ROWS = 3;

interface Guess {
  readonly delimiter: string;
  /** Share of the rows that have this number of fields. */
  readonly agreement: number;
  readonly fields: number;
}

/**
 * The delimiter under which the rows agree best with the header on the number of fields (at least two); on a tie, the one
 * that makes more fields. Where it is bad, the one under which most rows agree with each other. A file of one column has no
 * delimiter: a comma is returned.
 *
 * @param head   the beginning of the file
 * @param whole  true when `head` is the whole file; otherwise its last row may be cut and is not counted
 */
export function sniffDelimiter(head: string, whole: boolean): string {
  const none: Guess = { delimiter: ',', agreement: 0, fields: 1 };
  const withHeader = DELIMITERS.map((delimiter) => {
    const counts = fieldCounts(head, delimiter, whole);
    return guess(delimiter, counts, counts[0] ?? 0);
  }).reduce(better, none);
  if (withHeader.agreement >= 0.5) return withHeader.delimiter;
  const candidates = [...DELIMITERS, ...RARE_DELIMITERS].map((delimiter) => {
    const counts = fieldCounts(head, delimiter, whole);
    const found = guess(delimiter, counts, mostCommon(counts));
    const needed = delimiter.match(/[,;\t|]/) ? CLEAR_SHARE : 1;
    return counts.length >= FEWEST_ROWS && found.agreement >= needed ? found : none;
  });
  const among = candidates.reduce(better, none);
  return among.agreement > 0 ? among.delimiter : withHeader.delimiter;
}

function guess(delimiter: string, counts: readonly number[], fields: number): Guess {
  if (fields < 2) return { delimiter, agreement: 0, fields: 1 };
  return { delimiter, fields, agreement: counts.filter((count) => count === fields).length / counts.length };
}

function better(a: Guess, b: Guess): Guess {
  return b.agreement > a.agreement || (b.agreement === a.agreement && b.fields > a.fields) ? b : a;
}

function mostCommon(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0];
}

/** Fields per row, blank lines left out. A quote opens only at the start of a field and closes at the next lone quote. */
function fieldCounts(head: string, delimiter: string, whole: boolean): number[] {
  const counts: number[] = [];
  let fields = 1;
  let quoted = false;
  let fieldStart = true;
  let blank = true;
  for (let i = 0; i < head.length && counts.length < MAX_ROWS; i++) {
    const char = head[i];
    if (quoted) {
      if (char !== '"') continue;
      if (head[i + 1] === '"') i++;
      else quoted = false;
    } else if (char === '\n' || char === '\r') {
      if (!blank) counts.push(fields);
      fields = 1;
      fieldStart = blank = true;
    } else {
      blank = false;
      if (char === delimiter) fields++;
      quoted = char === '"' && fieldStart;
      fieldStart = char === delimiter || (fieldStart && char === ' ');
    }
  }
  if (!blank && (whole || counts.length === 0) && counts.length < MAX_ROWS) counts.push(fields);
  return counts;
}
