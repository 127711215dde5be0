/** @file Text columns of frames, by hand. */

import { DocumentsBuilder } from '../../src/data/documents.js';
import type { TextColumn } from '../../src/data/index.js';
import { MISSING_CODE } from '../../src/data/index.js';

/** Null is missing. */
export function textColumn(name: string, texts: readonly (string | null)[]): TextColumn {
  const builder = new DocumentsBuilder(4096);
  const codes = Int32Array.from(texts, (text) => (text === null ? MISSING_CODE : builder.codeOf(text)));
  return { kind: 'text', name, codes, documents: builder.finish() };
}
