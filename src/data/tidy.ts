/** @file Text without the differences that nobody sees: composed letters, no blanks or signs without width at its ends. */

/** Blanks, and signs without width: zero-width space and joiners, word joiner, byte order mark, soft hyphen, direction marks. */
const EDGE = /[\s\u00ad\u200b-\u200f\u2060\ufeff]/;
/** More marks than any letter bears: putting them in order takes time that grows with their square. */
const TOO_MANY_MARKS = /(\p{M}{32})\p{M}+/gu;
/** Blanks that do not break; between digits they separate thousands. */
const FIRM_BLANK = /(?<!\d)[\u00a0\u202f]|[\u00a0\u202f](?!\d)/g;

/** A name or cell as it is compared with others. */
export function tidy(text: string): string {
  // The rest is for signs beyond ASCII, which most texts have not.
  if (/^[\x00-\x7f]*$/.test(text)) return text.trim();
  return withoutEdges(text).replace(FIRM_BLANK, ' ').replace(TOO_MANY_MARKS, '$1').normalize('NFC');
}

/** Character by character: a pattern would look at each run of blanks inside the text once for each of its signs. */
function withoutEdges(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && EDGE.test(text[from])) from++;
  while (to > from && EDGE.test(text[to - 1])) to--;
  return text.slice(from, to);
}

/** The text with its invisible signs written out, for messages in which two names would look the same. */
export function visible(text: string): string {
  return text.replace(
    /[\u00a0\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202f\u2060-\u206f\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
