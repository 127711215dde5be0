/**
 * @file A text as terms: its words, and what stands side by side, each as a number of 32 bits. Nothing is learned here, and no word is kept:
 * the same text gives the same terms in every table, every fold and every exported model, wherever the version of Unicode is the same.
 */

/** Scripts that write no blanks between words: Thai, Lao, Myanmar, Khmer, kana and Han. */
const UNSPACED =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}';
/**
 * A word is a letter or digit and all letters, digits and marks behind it; of unspaced scripts a character with its marks; or one symbol,
 * such as an emoji.
 */
const TOKEN = new RegExp(
  `(?=[\\p{L}\\p{N}])[${UNSPACED}]\\p{M}*|(?![${UNSPACED}])[\\p{L}\\p{N}](?:(?![${UNSPACED}])[\\p{L}\\p{N}\\p{M}])*|\\p{So}`,
  'gu',
);
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
const ASCII = /^[\0-\x7f]*$/;
/** Nobody sees them: soft hyphens, and joiners without width. */
const UNSEEN = /[\u00ad\u200c\u200d\u2060]/g;
/** Characters of a text that are looked at, per word that is. */
const CHARACTERS_PER_WORD = 8;

/** The words of a text, in order, whatever the case and the form of their letters: NFKC, upper case, lower case, NFKC. */
export function tokensOf(text: string, mostWords = Infinity): string[] {
  const seen = text.length > CHARACTERS_PER_WORD * mostWords ? text.slice(0, CHARACTERS_PER_WORD * mostWords) : text;
  const folded = ASCII.test(seen)
    ? seen.toLowerCase()
    : seen.normalize('NFKC').replace(UNSEEN, '').toUpperCase().toLowerCase().normalize('NFKC');
  const tokens = folded.match(TOKEN) ?? [];
  return tokens.length > mostWords ? tokens.slice(0, mostWords) : tokens;
}

/** Whether a word is a character of a script without blanks. */
export function isUnspaced(token: string): boolean {
  return token.charCodeAt(0) >= 0x0e00 && IS_UNSPACED.test(token);
}

/**
 * Terms of a text as they come, repeats included: each word, each two neighbours, and three of a script without blanks.
 *
 * @param mostWords  words that count; whatever comes after them is left out
 */
export function termsOf(text: string, mostWords: number): Int32Array {
  const tokens = tokensOf(text, mostWords);
  const terms = new Int32Array(3 * tokens.length);
  let count = 0;
  let [first, second] = [0, 0];
  let run = 0;
  tokens.forEach((token, i) => {
    const own = hashOf(token);
    run = isUnspaced(token) ? run + 1 : 0;
    terms[count++] = own;
    if (i > 0) terms[count++] = joined(second, own);
    if (run >= 3) terms[count++] = joined(joined(first, second), own);
    [first, second] = [second, own];
  });
  return terms.subarray(0, count);
}

/** FNV-1a over the code units, its bits mixed (the end of MurmurHash3). */
function hashOf(token: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

function joined(first: number, second: number): number {
  return mixed((Math.imul(first, 31) + second + 0x9e3779b9) | 0);
}

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
