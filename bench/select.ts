/** @file Which parts a command line asks for. */

import type { Part } from './part.js';

/** The parts named in `words` (comma-separated), in their own order; all without words; or what is wrong, as a sentence. */
export function selectParts<P extends Pick<Part, 'name' | 'question'>>(
  parts: readonly P[],
  words: string | undefined,
): readonly P[] | string {
  if (words === undefined || words === '') return parts;
  const wanted = words.split(',').map((word) => word.trim());
  const unknown = wanted.find((word) => !parts.some(({ name }) => name === word));
  if (unknown === undefined) return parts.filter(({ name }) => wanted.includes(name));
  const known = parts.map(({ name, question }) => `  ${name.padEnd(8)} ${question}`);
  return [`bench: every part must be one of those below, got "${unknown}".`, ...known].join('\n');
}
