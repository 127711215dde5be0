/** @file Which cells count as missing. */

/** Matched after trimming, as written, in lower case and in upper case: "na" is missing, sodium's "Na" is not. */
export const DEFAULT_MISSING_TOKENS: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'null', '?', '-'];

/** True for texts (already trimmed) that stand for "no value". The empty cell is always missing. */
export function missingTest(tokens: readonly string[]): (text: string) => boolean {
  const known = new Set(['']);
  for (const token of tokens) {
    const text = token.trim();
    known.add(text).add(text.toLowerCase()).add(text.toUpperCase());
  }
  return (text) => known.has(text);
}
