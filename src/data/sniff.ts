/** @file Guesses the delimiter from the first rows, with quotes respected. */

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Rows that are looked at; a stray quote further down must not matter. */
const MAX_ROWS = 200;

/**
 * The delimiter under which the rows agree best with the header on the number of fields (at least two); on a tie, the one
 * that makes more fields. A file of one column has no delimiter: a comma is returned.
 *
 * @param head   the beginning of the file
 * @param whole  true when `head` is the whole file; otherwise its last row may be cut and is not counted
 */
export function sniffDelimiter(head: string, whole: boolean): string {
  let best = { delimiter: ',', agreement: 0, fields: 1 };
  for (const delimiter of DELIMITERS) {
    const counts = fieldCounts(head, delimiter, whole);
    const fields = counts[0] ?? 0;
    if (fields < 2) continue;
    const agreement = counts.filter((count) => count === fields).length / counts.length;
    if (agreement > best.agreement || (agreement === best.agreement && fields > best.fields)) {
      best = { delimiter, agreement, fields };
    }
  }
  return best.delimiter;
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
