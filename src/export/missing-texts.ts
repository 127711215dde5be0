/** @file The texts that stand for a missing cell, spelled out. */

/** Each token as it is written, in lower case and in upper case, and the empty text. */
export function missingTexts(tokens: readonly string[]): string[] {
  const texts = tokens.map((token) => token.trim());
  return [...new Set(['', ...texts.flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()])])];
}
